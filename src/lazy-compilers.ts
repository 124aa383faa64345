import { AjvCompiler } from '@fastify/ajv-compiler'
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'

/**
 * Fastify's own schema compilers, each put to work when a route's schema is first needed:
 * compiling all of them would be the longest part of the start-up.
 */
export function createLazyCompilers () {
  return { buildValidator: lazily(AjvCompiler()), buildSerializer: lazily(SerializerSelector()) }
}

/** A function compiled from a schema; a validator leaves its errors on itself. */
type Compiled = ((data: unknown) => unknown) & { errors?: unknown }
type Build = (...setup: unknown[]) => (route: unknown) => Compiled

/** Validators and serializers are built alike: by settings, then by a route's schema. */
function lazily<Factory> (factory: Factory): Factory {
  const build = factory as Build
  const lazyBuild: Build = (...setup) => {
    let compile: ReturnType<Build> | null = null
    return route => {
      let compiled: Compiled | null = null
      const deferred: Compiled = data => {
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
