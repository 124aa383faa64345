import { cp, readFile } from 'node:fs/promises'
import { join, parse, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Packages from CommonJS need `require` for Node's own modules. */
const BANNER = `import { createRequire as createBundleRequire } from 'node:module';
const require = createBundleRequire(import.meta.url);`

const SECP256K1 = 'node_modules/tiny-secp256k1/'

/** Lists by file the texts that bundling would break, each with its replacement. */
const REPLACEMENTS: Record<string, [text: string, replacement: string]> = {
  // esbuild follows `require` only where no variable has this name.
  'src/http/lazy-compilers.ts': ['const require = createRequire(import.meta.url)\n', ''],
  // This module becomes part of a chunk, so the thread's file is one folder up.
  'src/bodies/large-bodies.ts': ["'./body-worker.js'", "'../body-worker.mjs'"],
}

interface Entry { in: string, out: string }

/** The service's program, with its thread and the command line. The command line has its own folder, so that the enclave's images can leave it out. */
export const SERVICE = {
  program: 'tools/packaging/generator-client.ts',
  parts: [{ in: 'src/bodies/body-worker.ts', out: 'body-worker' }, { in: 'operator/cli/main.ts', out: 'cli/main' }],
}

/**
 * Bundles a program with all its packages into `folder`: one .mjs file, and chunks that it loads when needed.
 * The same sources make the same bytes in any place. The working folder must be the project's.
 * @param program path of its source
 * @param parts sources that the program loads when needed, with their paths in `folder` without .mjs
 * @returns paths of all bundled files
 * @throws Error if a file has no longer the text that must be replaced
 */
export async function bundle ({
  program, parts = [], folder
}: {
  program: string, parts?: Entry[], folder: string
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
    // esbuild takes only the used hash from this form. The form that Node loads would bring all hashes, 250 kB.
    alias: { 'hash-wasm': 'hash-wasm/dist/index.esm.js' },
    // It is for development only, and nobody misses it elsewhere.
    external: ['pino-pretty'],
    plugins: [replacements],
    metafile: true,
    logLevel: 'warning',
  })
  const inputs = Object.keys(metafile.inputs)
  // It looks for its code beside its own file, which is a chunk.
  if (inputs.some(input => input.startsWith(SECP256K1))) {
    await cp(join(SECP256K1, 'lib/secp256k1.wasm'), join(folder, 'chunks/secp256k1.wasm'))
  }
  return inputs
}

const REPLACED_FILES = new RegExp(`/(${Object.keys(REPLACEMENTS).join('|')})$`)

const replacements: Plugin = {
  name: 'replacements',
  setup: ({ onLoad }) => onLoad({ filter: REPLACED_FILES }, async ({ path }) => {
    const name = relative(process.cwd(), path)
    const contents = await readFile(path, 'utf8')
    const [text, replacement] = REPLACEMENTS[name]!
    if (!contents.includes(text)) throw new Error(`${name} has no ${JSON.stringify(text)} any more: see REPLACEMENTS`)
    return { contents: contents.replaceAll(text, replacement), loader: 'default' }
  }),
}
