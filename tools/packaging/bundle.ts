import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { build, type BuildOptions, type Plugin, transform, type TransformOptions } from 'esbuild'

/** Lists by file the texts that bundling would break or that cost time, each with its replacement. */
const REPLACEMENTS: Record<string, [text: string, replacement: string]> = {
  // esbuild follows `require` only where no variable has this name.
  'src/http/lazy-compilers.ts': ['const require = createRequire(import.meta.url)\n', ''],
  'src/bodies/large-bodies.ts': ["'./body-worker.js'", "'./body-worker.cjs'"],
  'operator/cli/commands/serve.ts': ["'../../../src/server.js'", "'../service.cjs'"],
  // The service never asks for a media type by its extension, whose tables take 16 ms to build.
  'node_modules/@fastify/sensible/index.js': [
    "const typeis = require('type-is')",
    "const typeis = (...values) => require('type-is')(...values)",
  ],
  // plugins/environment.ts brings its own compiler, and its options are constant.
  'node_modules/env-schema/index.js': [
    'getDefaultInstance()\n\nconst optsSchemaValidator = sharedAjvInstance.compile(optsSchema)',
    'null\n\nconst optsSchemaValidator = () => true',
  ],
  // Fastify makes no server of HTTPS or HTTP/2 here, and their modules take 10 ms to load.
  'node_modules/fastify/lib/server.js': [
    "const https = require('node:https')\nconst http2 = require('node:http2')\n", ''
  ],
}

const REPLACED = new RegExp(`/(${Object.keys(REPLACEMENTS).join('|')})$`)

const COMMON = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // pino-pretty is for development only.
  external: ['pino-pretty', '../service.cjs'],
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions

/** Leaves a third fewer bytes to read and to keep in memory. Names stay, for the traces of errors. */
const COMPACT = { minifyWhitespace: true, minifySyntax: true, lineLimit: 200 } as const

/** Plain ASCII is what V8 reads fastest. What remains of `import()` are Node's own modules and pino-pretty. */
const COMMON_JS = {
  ...COMPACT,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  charset: 'ascii',
  supported: { 'dynamic-import': false },
} as const

/**
 * Bundles the service, its thread and the command line with all packages into `folder`. The same sources make the same
 * bytes in any place. The working folder must be the project's.
 * @returns paths of all bundled files
 * @throws Error if a file has no longer the text that must be replaced
 */
export async function bundle (folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const [service, thread, commands] = await Promise.all([
    bundleService({ source: 'src/server.ts', folder }),
    bundleOne('src/bodies/body-worker.ts', {
      define: { 'import.meta.url': 'bundleUrl' },
      banner: 'const bundleUrl = require("node:url").pathToFileURL(__filename).href',
    }),
    bundleCommands(folder),
  ])
  await writeFile(join(folder, 'body-worker.cjs'), thread.code)
  await writeFile(join(folder, 'generator-client.cjs'), await toCommonJs('tools/packaging/generator-client.ts'))
  // The library looks for its code beside its own file, which is the bundle.
  for (const place of ['', 'cli']) {
    await cp(
      'node_modules/tiny-secp256k1/lib/secp256k1.wasm', join(folder, place, 'secp256k1.wasm')
    )
  }
  return [...service, ...thread.inputs, ...commands]
}

/** Writes service.bundle.js, and service.cjs, which launches it. */
export async function bundleService ({ source, folder }: { source: string, folder: string }): Promise<string[]> {
  const { code, inputs } = await bundleOne(source, {
    // The launcher calls the text as a function.
    define: { 'import.meta.dirname': '__dirname', 'import.meta.url': 'bundleUrl' },
    banner: '(function (require, module, exports, __dirname, bundleUrl) {',
    footer: '})',
  })
  const digest = createHash('sha256').update(code).digest('hex').slice(0, 16)
  const define = { BUNDLE: '"service.bundle.js"', DIGEST: `"${digest}"` }
  await writeFile(join(folder, 'service.bundle.js'), code)
  await writeFile(join(folder, 'service.cjs'), await toCommonJs('tools/packaging/launcher.ts', define))
  return inputs
}

/** Bundles a program into one CommonJS text, which has no `await` at its top. So the program is imported dynamically. */
async function bundleOne (source: string, form: Pick<TransformOptions, 'define' | 'banner' | 'footer'>) {
  const stdin = { contents: `import(${JSON.stringify(resolve(source))})`, resolveDir: '.' }
  const { metafile, outputFiles } = await build({ ...COMMON, stdin, plugins: [replacements], write: false })
  const { code } = await transform(outputFiles[0]!.text, { ...COMMON_JS, ...form })
  return { code, inputs: Object.keys(metafile.inputs).filter(input => input !== '<stdin>') }
}

async function toCommonJs (source: string, define = {}): Promise<string> {
  const { code } = await transform(await readFile(source, 'utf8'), {
    loader: 'ts', format: 'cjs', platform: 'node', target: 'node20', define
  })
  return code
}

/** Writes the command line into the folder `cli`, which the enclave's images leave out. A command loads only its chunks. */
async function bundleCommands (folder: string): Promise<string[]> {
  const { metafile } = await build({
    ...COMMON,
    ...COMPACT,
    entryPoints: ['operator/cli/main.ts'],
    outdir: join(folder, 'cli'),
    outExtension: { '.js': '.mjs' },
    splitting: true,
    // Packages from CommonJS need `require` for Node's own modules.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module'\nconst require = createBundleRequire(import.meta.url)"
    },
    plugins: [replacements],
  })
  return Object.keys(metafile.inputs)
}

const replacements: Plugin = {
  name: 'replacements',
  setup: ({ onLoad }) => onLoad({ filter: REPLACED }, async ({ path }) => {
    const name = relative(process.cwd(), path)
    const contents = await readFile(path, 'utf8')
    const [text, replacement] = REPLACEMENTS[name]!
    if (!contents.includes(text)) throw new Error(`${name} has no ${JSON.stringify(text)} any more: see REPLACEMENTS`)
    return { contents: contents.replaceAll(text, replacement), loader: 'default' }
  }),
}
