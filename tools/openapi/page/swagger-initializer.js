/* global MutationObserver, SwaggerUIBundle */

const API_KEY = 'api_key_value'
const SECRETS = [API_KEY, 'auth-bearer-value']

const operationOf = element => element.closest('.opblock').querySelector('[data-path]').dataset.path

/** Maps a selector to attributes that Swagger UI leaves out, or sets to a value that axe rejects. */
const ATTRIBUTES = {
  'h3.opblock-tag': () => ({ role: 'heading', 'aria-level': '2' }),
  '.opblock h4': () => ({ role: 'heading', 'aria-level': '3' }),
  '.opblock h5': () => ({ role: 'heading', 'aria-level': '4' }),
  '.information-container': () => ({ role: 'region', 'aria-label': 'About the service' }),
  '.modal-ux': () => ({ role: 'dialog', 'aria-modal': 'true', 'aria-label': 'Authorize' }),
  '.dialog-ux h3': () => ({ role: 'heading', 'aria-level': '2' }),
  '.dialog-ux h4': () => ({ role: 'heading', 'aria-level': '3' }),
  '.dialog-ux h6': () => ({ role: 'heading', 'aria-level': '4' }),
  '.close-modal': () => ({ 'aria-label': 'Close' }),
  '[aria-label="Apply credentials"]': () => ({ 'aria-label': 'Authorize: apply credentials' }),
  '[aria-label="Remove authorization"]': () => ({ 'aria-label': 'Logout: remove authorization' }),
  '.examples-select-element': () => ({ 'aria-label': 'Example' }),
  '.body-param__text': () => ({ 'aria-label': 'Request body' }),
  'tr[data-param-name] select': select => ({ 'aria-label': select.closest('tr').dataset.paramName }),
  '.responses-table[role=region]': table => ({
    'aria-label': `${table.classList.contains('live-responses-table') ? 'Answer' : 'Answers'} of ${operationOf(table)}`,
  }),
  'pre.microlight': () => ({ tabindex: '0' }),
}

new MutationObserver(() => {
  for (const [selector, attributesOf] of Object.entries(ATTRIBUTES)) {
    for (const element of document.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributesOf(element))) element.setAttribute(name, value)
    }
  }
}).observe(document.body, { childList: true, subtree: true })

const components = ({ React }) => ({
  wrapComponents: {
    /** Hides what is typed into the fields for secrets, and puts the cursor into the one of the api-key header. */
    Input: Original => props => React.createElement(Original, {
      ...props,
      ...SECRETS.includes(props.id) && { type: 'password', autoComplete: 'off' },
      autoFocus: props.id === API_KEY,
    }),
    /** The original is a link inside of a button. */
    DeepLink: () => ({ text }) => React.createElement('span', null, text),
  },
})

SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url: '/documentation/json',
  layout: 'BaseLayout',
  plugins: [components],
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  syntaxHighlight: { theme: 'obsidian' },
  tryItOutEnabled: true,
  validatorUrl: null,
})
