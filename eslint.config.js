import neostandard, { plugins, resolveIgnoresFromGitignore } from 'neostandard'

/** A line of one literal and nothing else: a text stays in one piece, so that a search finds it. */
const LONE_LITERAL = '^\\s*(\\w+: )?([\'"`/]).*\\2[a-z]*[,)]*$'

export default [
  ...neostandard({ ts: true, ignores: resolveIgnoresFromGitignore() }),
  // A TypeBox schema and the type read off it share one name.
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-redeclare': 'off' } },
  // The API's fields have snake_case names.
  { files: ['test/**'], rules: { camelcase: 'off' } },
  {
    files: ['test/**', 'tools/**', 'operator/**', 'deploy/**', '*.js'],
    plugins: { '@stylistic': plugins['@stylistic'] },
    rules: { '@stylistic/max-len': ['error', { code: 120, ignorePattern: LONE_LITERAL, ignoreUrls: true }] },
  },
]
