import { createRequire } from 'node:module'
import type { AjvCompiler, BuildCompilerFromPool } from '@fastify/ajv-compiler'
import type { SerializerFactory, SerializerSelector } from '@fastify/fast-json-stringify-compiler'

const require = createRequire(import.meta.url)

/**
 * Fastify's own schema compilers, loaded and put to work when a route's schema is first needed:
 * compiling all schemas would be the longest part of the start-up. `isChecked`: for data that a validator need not look at again.
 */
export function createLazyCompilers ({ isChecked }: { isChecked: (data: unknown) => boolean }): { buildValidator: BuildCompilerFromPool, buildSerializer: SerializerFactory } {
  return {
    buildValidator: lazily(() => (require('@fastify/ajv-compiler') as { AjvCompiler: typeof AjvCompiler }).AjvCompiler(), isChecked),
    buildSerializer: lazily(() => (require('@fastify/fast-json-stringify-compiler') as { SerializerSelector: typeof SerializerSelector }).SerializerSelector()),
  }
}

/** A function compiled from a schema; a validator leaves its errors on itself. */
type Compiled = ((data: unknown) => unknown) & { errors?: unknown }
type Build = (...setup: unknown[]) => (route: unknown) => Compiled

/** Validators and serializers are built alike: by settings, then by a route's schema. */
function lazily<Factory> (load: () => Factory, isChecked = (_data: unknown) => false): Factory {
  let build: Build | null = null
  const lazyBuild: Build = (...setup) => {
    let compile: ReturnType<Build> | null = null
    return route => {
      let compiled: Compiled | null = null
      const deferred: Compiled = data => {
        if (isChecked(data)) return true
        build ??= load() as Build
        compile ??= build(...setup)
        compiled ??= compile(route)
        const result = compiled(data)
        deferred.errors = compiled.errors
        return result
      }
      return deferred
    }
  }
  return lazyBuild as Factory
}
