import { hash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const PROJECT = new URL('../../', import.meta.url)
const CACHE = new URL('node_modules/.cache/generator-client-tests/', PROJECT)
const CONFIGURATION = new URL('tsconfig.json', PROJECT)
const versions = `${process.version} ${await readFile(CONFIGURATION, 'utf8')} ${await readFile(new URL('package-lock.json', PROJECT), 'utf8')}`

/** Packages of hundreds of modules. Tests load each as one file, because every import is a message between two threads. */
const ONE_FILE = {
  '@sinclair/typebox': bundle,
  ethers: () => new URL('node_modules/ethers/dist/ethers.js', PROJECT),
}

/** TypeScript's sources name modules as they will be called after the build. */
export async function resolve (specifier, context, nextResolve) {
  if (Object.hasOwn(ONE_FILE, specifier)) {
    return { url: (await ONE_FILE[specifier](specifier)).href, format: 'module', shortCircuit: true }
  }
  const isBuiltLater = context.parentURL?.endsWith('.ts') === true && /^\.\.?\/.*\.js$/.test(specifier)
  return await nextResolve(isBuiltLater ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

export async function load (url, context, nextLoad) {
  if (context.format === 'module' && url.includes('/node_modules/')) return await loadPackage(url)
  if (!url.endsWith('.ts')) return await nextLoad(url, context)
  const path = fileURLToPath(url)
  const text = await readFile(path, 'utf8')
  const kept = keptAs(`${path} ${text}`)
  const source = await readFile(kept, 'utf8').catch(async () => await keep(kept, await transpile(path, text)))
  return { format: 'module', source, shortCircuit: true }
}

/** Keeps the source map from tap's own loader, which would parse it in every process. No test needs the maps of packages. */
async function loadPackage (url) {
  const source = await readFile(fileURLToPath(url), 'utf8')
  return { format: 'module', source: source.replace(/\n\/\/# sourceMappingURL=.*\s*$/, ''), shortCircuit: true }
}

/** Makes the same JavaScript as tsc, so that the coverage of the sources fits to that of the build. */
async function transpile (path, text) {
  const { default: typescript } = await import('typescript')
  const { config } = typescript.readConfigFile(fileURLToPath(CONFIGURATION), typescript.sys.readFile)
  const { options } = typescript.convertCompilerOptionsFromJson(config.compilerOptions, '.')
  const compilerOptions = { ...options, module: typescript.ModuleKind.ESNext, noEmit: false, sourceMap: false, inlineSourceMap: true, inlineSources: true }
  return typescript.transpileModule(text, { fileName: path, compilerOptions }).outputText
}

async function bundle (name) {
  const kept = keptAs(name)
  await readFile(kept).catch(async () => {
    const { build } = await import('esbuild')
    const { outputFiles: [file] } = await build({ entryPoints: [name], absWorkingDir: fileURLToPath(PROJECT), bundle: true, format: 'esm', write: false })
    await keep(kept, file.text)
  })
  return kept
}

function keptAs (content) {
  return new URL(`${hash('sha256', `${versions} ${content}`)}.js`, CACHE)
}

/** Several processes may write the same module at the same time. */
async function keep (place, content) {
  await mkdir(CACHE, { recursive: true })
  const temporary = new URL(`${place.href}.${randomUUID()}`)
  await writeFile(temporary, content)
  await rename(temporary, place)
  return content
}
