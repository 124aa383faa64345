import { createRequire } from 'node:module'
import type { AjvCompiler, BuildCompilerFromPool } from '@fastify/ajv-compiler'
import type { SerializerFactory, SerializerSelector } from '@fastify/fast-json-stringify-compiler'

const require = createRequire(import.meta.url)

/**
 * Fastify's own schema compilers, loaded when a route's schema is first needed. Compiling all schemas would be the
 * longest part of the start-up. `isChecked` names the data that was validated before.
 */
export function createLazyCompilers ({ isChecked }: { isChecked: (data: unknown) => boolean }): { buildValidator: BuildCompilerFromPool, buildSerializer: SerializerFactory } {
  return {
    buildValidator: lazily(() => (require('@fastify/ajv-compiler') as { AjvCompiler: typeof AjvCompiler }).AjvCompiler(), isChecked),
    buildSerializer: lazily(() => (require('@fastify/fast-json-stringify-compiler') as { SerializerSelector: typeof SerializerSelector }).SerializerSelector()),
  }
}

/** A function compiled from a schema. A validator keeps its errors on itself. */
type Compiled = ((data: unknown) => unknown) & { errors?: unknown }
type Build = (...setup: unknown[]) => (route: unknown) => Compiled

/** Serves validators and serializers alike: both are built from settings and then from a route's schema. */
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
