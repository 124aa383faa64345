import { Type } from '@sinclair/typebox'
import { answers, Success, success } from '../common.js'
import { GeneratorConfigView, RuntimeConfigView } from '../configuration-views.js'
import { ConfigurationNotes, ConfigurationSetup, Generator, GeneratorRemoval, GeneratorUpdate, RestartNotes, RuntimeConfigUpdate } from '../configuration.js'
import { CHAIN_ERRORS, CONFIGURATION_ERRORS } from './errors.js'
import { GENERATOR, generatorConfig, publicKeys, RESTART, runtimeConfig, runtimeConfigView } from './examples.js'
import type { Operations } from './operation.js'

const tags = ['Configuration'] as const
const changed = answers({ 200: Success(Type.Null(), ConfigurationNotes) })

export const configurationOperations = {
  generatorConfigSetup: {
    method: 'POST',
    encryptable: true,
    config: { audited: true },
    schema: {
      summary: 'Set up the configuration',
      description: 'Replaces the whole configuration: both files, or neither. Call it again to correct a wrong value.',
      tags,
      errors: [...CHAIN_ERRORS, 'STORAGE_FAILED'],
      body: ConfigurationSetup,
      response: changed,
      examples: {
        body: { generator_config: [generatorConfig], runtime_config: runtimeConfig },
        200: success('Config done', null),
      },
    },
  },
  updateRuntimeConfig: {
    method: 'PUT',
    encryptable: true,
    config: { audited: true },
    schema: {
      summary: 'Change fields of the runtime config',
      description: 'Send at least one field. The others stay. `markets` is replaced as a whole.',
      tags,
      errors: [...CONFIGURATION_ERRORS, ...CHAIN_ERRORS],
      body: RuntimeConfigUpdate,
      response: changed,
      examples: { body: { start_block: 414025 }, 200: success('Runtime config updated', null, RESTART) },
    },
  },
  updateGeneratorConfig: {
    method: 'PUT',
    encryptable: true,
    config: { audited: true },
    schema: {
      summary: 'Change a generator',
      description: 'Send `data`, `supported_markets`, or both.',
      tags,
      errors: [...CONFIGURATION_ERRORS, 'GENERATOR_NOT_FOUND'],
      body: GeneratorUpdate,
      response: changed,
      examples: { body: { address: GENERATOR, data: 'Armin' }, 200: success('Generator config updated', null, RESTART) },
    },
  },
  addNewGenerator: {
    method: 'POST',
    config: { audited: true },
    schema: {
      summary: 'Add a generator',
      tags,
      errors: [...CONFIGURATION_ERRORS, 'GENERATOR_EXISTS'],
      body: Generator,
      response: changed,
      examples: {
        body: { address: '0x01f01074dc5454B15faBf1F1006864D0b71e3f1c', data: 'Zeke', supported_markets: ['7'] },
        200: success('Generator config updated', null, {
          ...RESTART, warnings: ['address: the letter case does not fit the EIP-55 checksum, check it for a typo']
        }),
      },
    },
  },
  removeGenerator: {
    method: 'DELETE',
    config: { audited: true },
    schema: {
      summary: 'Remove a generator',
      tags,
      errors: [...CONFIGURATION_ERRORS, 'GENERATOR_NOT_FOUND'],
      body: GeneratorRemoval,
      response: changed,
      examples: { body: { address: GENERATOR }, 200: success('Removed Generator', null, RESTART) },
    },
  },
  getGeneratorConfig: {
    method: 'GET',
    schema: {
      summary: 'Show the generators',
      description: "Returns generator_config.json with public keys instead of each generator's secret.",
      tags,
      errors: CONFIGURATION_ERRORS,
      response: answers({ 200: Success(GeneratorConfigView, RestartNotes) }),
      examples: {
        200: success('Generator config fetched', {
          generator_config: [{ ...generatorConfig, ...publicKeys }], changed_at: '2026-11-22T19:31:30.000Z'
        })
      },
    },
  },
  getRuntimeConfig: {
    method: 'GET',
    schema: {
      summary: 'Show the runtime config',
      description: 'Returns runtime_config.json with an address instead of the private key. Masks URLs that may hold a secret.',
      tags,
      errors: CONFIGURATION_ERRORS,
      response: answers({ 200: Success(RuntimeConfigView, RestartNotes) }),
      examples: {
        200: success('Runtime config fetched', { runtime_config: runtimeConfigView, changed_at: '2026-11-22T19:30:30.000Z' })
      },
    },
  },
} as const satisfies Operations
