/** `npm run docs`: writes the generated parts of docs/. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROJECT } from './files.js'
import { renderPages } from './pages.js'

for (const [path, text] of await renderPages()) await writeFile(join(PROJECT, path), text)
