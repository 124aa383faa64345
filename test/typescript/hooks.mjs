import { hash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PROJECT = new URL('../../', import.meta.url)
const CACHE = new URL('node_modules/.cache/generator-client-tests/', PROJECT)
const CONFIGURATION = new URL('tsconfig.json', PROJECT)
/** Threads start with these modules, which have no parent. */
const THREAD = /^file:.*\/src\/(?!.*\/dist\/).*-worker\.js$/
const inputs = [CONFIGURATION, new URL('package-lock.json', PROJECT), new URL(import.meta.url)].map(readText)
const versions = hash('sha256', `${process.version} ${inputs.join(' ')}`)

/** Packages of hundreds of modules. Tests load each as one file, because every import is a message between two threads. */
export const ONE_FILE = ['@sinclair/typebox', 'ethers', 'tap']
/** tap leaves out of its stack traces the files in such a folder. */
const BUNDLES = new URL('node_modules/@tapjs/bundles/', CACHE)
/** `tap build` writes it anew for the plugins of .taprc. */
const TAP_PLUGINS = new URL('node_modules/@tapjs/test/test-built/dist/esm/index.js', PROJECT)

/** TypeScript's sources name modules as they will be called after the build. */
export async function resolve (specifier, context, nextResolve) {
  if (ONE_FILE.includes(specifier)) return { url: (await bundle(specifier)).href, format: 'module', shortCircuit: true }
  const isBuiltLater = context.parentURL?.endsWith('.ts') === true && /^\.\.?\/.*\.js$/.test(specifier)
  const isSource = isBuiltLater || THREAD.test(specifier)
  return await nextResolve(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

export async function load (url, context, nextLoad) {
  if (context.format === 'module' && url.includes('/node_modules/')) return loadPackage(url)
  if (!url.endsWith('.ts')) return await nextLoad(url, context)
  const path = fileURLToPath(url)
  const text = readText(path)
  const kept = keptAs(`${path} ${text}`)
  if (!existsSync(kept)) keep(kept, await transpile(path, text))
  return { format: 'module', source: readText(kept), shortCircuit: true }
}

/** Keeps the source map from tap's own loader, which would parse it in every process. No test needs the maps of packages. */
function loadPackage (url) {
  return {
    format: 'module',
    source: readText(fileURLToPath(url)).replace(/\n\/\/# sourceMappingURL=.*\s*$/, ''),
    shortCircuit: true,
  }
}

/** Makes the same JavaScript as tsc, so that the coverage of the sources fits to that of the build. */
async function transpile (path, text) {
  const { default: typescript } = await import('typescript')
  const { config } = typescript.readConfigFile(fileURLToPath(CONFIGURATION), typescript.sys.readFile)
  const { options } = typescript.convertCompilerOptionsFromJson(config.compilerOptions, '.')
  const compilerOptions = {
    ...options,
    module: typescript.ModuleKind.ESNext,
    noEmit: false,
    sourceMap: false,
    inlineSourceMap: true,
    inlineSources: true,
  }
  return typescript.transpileModule(text, { fileName: path, compilerOptions }).outputText
}

/** Leaves out @tapjs/processinfo, because tap has loaded it before. */
async function bundle (name) {
  const kept = keptAs(`${name} ${readText(TAP_PLUGINS)}`, BUNDLES)
  if (!existsSync(kept)) {
    const { build } = await import('esbuild')
    const { outputFiles: [file] } = await build({
      entryPoints: [name],
      absWorkingDir: fileURLToPath(PROJECT),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@tapjs/processinfo'],
      banner: {
        js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
      },
      write: false,
    })
    keep(kept, file.text)
  }
  return kept
}

function keptAs (content, folder = CACHE) {
  return new URL(`${hash('sha256', `${versions} ${content}`)}.js`, folder)
}

/** Several processes may write the same module at the same time. */
function keep (place, content) {
  mkdirSync(new URL('.', place), { recursive: true })
  const temporary = new URL(`${place.href}.${randomUUID()}`)
  writeFileSync(temporary, content)
  renameSync(temporary, place)
}

/** Reads at once. The hooks' thread has nothing else to do, and a promise costs more than a small file. */
function readText (path) {
  return readFileSync(path, 'utf8')
}
