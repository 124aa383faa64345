import { hash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const CACHE = new URL('../../node_modules/.cache/generator-client-tests/', import.meta.url)
const CONFIGURATION = new URL('../../tsconfig.json', import.meta.url)
/** Beginnings of threads: these modules have no parent. */
const THREAD = /^file:.*\/src\/(?!.*\/dist\/).*-worker\.js$/
const versions = `${process.version} ${await readFile(CONFIGURATION, 'utf8')} ${await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8')}`

/** In TypeScript's sources modules are named as they will be once they are built. */
export async function resolve (specifier, context, nextResolve) {
  const isBuiltLater = context.parentURL?.endsWith('.ts') === true && /^\.\.?\/.*\.js$/.test(specifier)
  const isSource = isBuiltLater || THREAD.test(specifier)
  return await nextResolve(isSource ? specifier.replace(/\.js$/, '.ts') : specifier, context)
}

export async function load (url, context, nextLoad) {
  if (!url.endsWith('.ts')) return await nextLoad(url, context)
  const path = fileURLToPath(url)
  const text = await readFile(path, 'utf8')
  const kept = new URL(`${hash('sha256', `${versions} ${path} ${text}`)}.js`, CACHE)
  const source = await readFile(kept, 'utf8').catch(async () => await keep(kept, await transpile(path, text)))
  return { format: 'module', source, shortCircuit: true }
}

/** As tsc does it, so that coverage of the sources and of what is built fit together. */
async function transpile (path, text) {
  const { default: typescript } = await import('typescript')
  const { config } = typescript.readConfigFile(fileURLToPath(CONFIGURATION), typescript.sys.readFile)
  const { options } = typescript.convertCompilerOptionsFromJson(config.compilerOptions, '.')
  const compilerOptions = { ...options, module: typescript.ModuleKind.ESNext, noEmit: false, sourceMap: false, inlineSourceMap: true, inlineSources: true }
  return typescript.transpileModule(text, { fileName: path, compilerOptions }).outputText
}

/** Other tests may be at the same module. */
async function keep (place, content) {
  await mkdir(CACHE, { recursive: true })
  const temporary = new URL(`${place.href}.${randomUUID()}`)
  await writeFile(temporary, content)
  await rename(temporary, place)
  return content
}
