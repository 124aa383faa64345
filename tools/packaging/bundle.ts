import { cp, readFile } from 'node:fs/promises'
import { join, parse, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Packages from CommonJS need `require` for Node's own modules; `bundleChunks` is where the chunks are. */
const BANNER = `import { createRequire as createBundleRequire } from 'node:module';
const require = createBundleRequire(import.meta.url), bundleChunks = import.meta.dirname;`

/** The command line as a part of the release. It has a folder of its own, so that the enclave's images can leave it out. */
export const COMMAND_LINE = { out: 'cli/main', in: 'operator/cli/main.ts' }

const SWAGGER_UI = 'node_modules/@fastify/swagger-ui/'
const SECP256K1 = 'node_modules/tiny-secp256k1/'

/** What bundling would break, by file: a text, and what takes its place. */
const REPLACEMENTS: Record<string, [text: string, replacement: string]> = {
  // esbuild follows `require` only where it is nobody's own variable.
  'src/http/lazy-compilers.ts': ['const require = createRequire(import.meta.url)\n', ''],
  // Its assets lie beside the chunks.
  [`${SWAGGER_UI}index.js`]: ['__dirname', "path.join(bundleChunks, '../swagger-ui')"],
  [`${SWAGGER_UI}lib/routes.js`]: ['__dirname', "path.join(bundleChunks, '../swagger-ui/lib')"],
}

/**
 * Bundles a program with all packages that it imports into `folder`: one .mjs file of its name, and chunks that it loads when they
 * are needed. The same sources make the same bytes, wherever they are. The working folder must be the project's.
 * @param program path of its source
 * @param parts what it imports when it is needed, and that gets files at a known place: sources by their paths in `folder` without .mjs
 * @returns paths of all files that went into it
 * @throws Error where a file has no longer what must be replaced in it
 */
export async function bundle ({ program, parts = [], folder }: {
  program: string, parts?: (typeof COMMAND_LINE)[], folder: string
}): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: process.cwd(),
    entryPoints: [{ in: program, out: parse(program).name }, ...parts],
    outdir: folder,
    chunkNames: 'chunks/[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: { js: BANNER },
    // esbuild takes only the hash in use from this form. From the form that Node loads it takes all of them, 250 kB.
    alias: { 'hash-wasm': 'hash-wasm/dist/index.esm.js' },
    // It is for development only, and nobody misses it elsewhere.
    external: ['pino-pretty'],
    plugins: [replacements],
    metafile: true,
    logLevel: 'warning',
  })
  const inputs = Object.keys(metafile.inputs)
  if (inputs.some(input => input.startsWith(SWAGGER_UI))) await cp(join(SWAGGER_UI, 'static'), join(folder, 'swagger-ui/static'), { recursive: true })
  // It looks for its code beside its own file, which is a chunk.
  if (inputs.some(input => input.startsWith(SECP256K1))) await cp(join(SECP256K1, 'lib/secp256k1.wasm'), join(folder, 'chunks/secp256k1.wasm'))
  return inputs
}

const replacements: Plugin = {
  name: 'replacements',
  setup: ({ onLoad }) => onLoad({ filter: /lazy-compilers\.ts$|@fastify.swagger-ui.*\.js$/ }, async ({ path }) => {
    const name = relative(process.cwd(), path)
    const contents = await readFile(path, 'utf8')
    const [text, replacement] = REPLACEMENTS[name] ?? []
    if (text === undefined || replacement === undefined) return null
    if (!contents.includes(text)) throw new Error(`${name} has no ${JSON.stringify(text)} any more: see REPLACEMENTS`)
    return { contents: contents.replaceAll(text, replacement), loader: 'default' }
  }),
}
