import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createDocument } from './create.js'

const PAGE = 'tools/openapi/page/'
const SWAGGER_UI = 'node_modules/swagger-ui-dist/'

/** The page loads these files from the package. */
export const PACKAGE_FILES = ['favicon-32x32.png', 'swagger-ui.css', 'swagger-ui-bundle.js'].map(
  name => `${SWAGGER_UI}${name}`
)
/** These files are beside the page, and are not served. */
const LICENSE_FILES = ['LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt'].map(name => `${SWAGGER_UI}${name}`)

/**
 * Writes the folder that plugins/documentation.ts serves: the page, everything that it loads, and the OpenAPI document
 * of the routes. The working folder must be the project's.
 */
export async function writeDocumentation (folder: string): Promise<void> {
  const document = await createDocument()
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'static'), { recursive: true })
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document))
  for (const file of [`${PAGE}index.html`, ...LICENSE_FILES]) await cp(file, join(folder, basename(file)))
  for (const file of [`${PAGE}index.css`, `${PAGE}swagger-initializer.js`, ...PACKAGE_FILES]) {
    await cp(file, join(folder, 'static', basename(file)))
  }
}
