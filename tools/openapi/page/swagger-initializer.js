/* global SwaggerUIBundle */

const API_KEY = 'api_key_value'
const SECRETS = [API_KEY, 'auth-bearer-value']

/** Hides what is typed into the fields for secrets, and puts the cursor into the one of the api-key header. */
const secretFields = ({ React }) => ({
  wrapComponents: {
    Input: Original => props => React.createElement(Original, {
      ...props,
      ...SECRETS.includes(props.id) && { type: 'password', autoComplete: 'off' },
      autoFocus: props.id === API_KEY,
    }),
  },
})

SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url: '/documentation/json',
  layout: 'BaseLayout',
  plugins: [secretFields],
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  tryItOutEnabled: true,
  validatorUrl: null,
})
