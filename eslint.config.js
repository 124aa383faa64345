import neostandard, { resolveIgnoresFromGitignore } from 'neostandard'

export default [
  ...neostandard({ ts: true, ignores: resolveIgnoresFromGitignore() }),
  // A TypeBox schema and the type read off it share one name.
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-redeclare': 'off' } },
  // The API's fields have snake_case names.
  { files: ['test/**'], rules: { camelcase: 'off' } },
]
