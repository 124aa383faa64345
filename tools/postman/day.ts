import type { operations } from '../../schemas/operations.js'

/** An order in which the example of every operation comes true, one after the other. */
export const DAY = [
  'generateApiKey', 'getServiceInfo', 'generatorConfigSetup', 'fetchGeneratorPublicKeys', 'signAddress',
  'signAttestation', 'preflight',
  'startProgram', 'getProgramStatus', 'restartProgram', 'stopProgram', 'startGenerator', 'getGeneratorStatus',
  'getGeneratorLogs', 'getGeneratorConfig', 'getRuntimeConfig', 'updateRuntimeConfig', 'updateGeneratorConfig',
  'addNewGenerator', 'removeGenerator', 'restartGenerator', 'stopGenerator', 'rotateApiKey',
] as const satisfies (keyof typeof operations)[]

/** Needs a generator that listens on a certain port. */
export const LEFT_OUT = ['benchmark'] as const satisfies (keyof typeof operations)[]
