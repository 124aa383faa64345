import { apiKeyOperations } from './operations/api-key.js'
import { configurationOperations } from './operations/configuration.js'
import { enclaveKeyOperations } from './operations/enclave-key.js'
import { generatorOperations } from './operations/generator.js'
import { programOperations } from './operations/programs.js'

export const operations = { ...apiKeyOperations, ...programOperations, ...configurationOperations, ...enclaveKeyOperations, ...generatorOperations }
