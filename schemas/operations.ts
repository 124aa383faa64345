import { apiKeyOperations } from './operations/api-key.js'
import { configurationOperations } from './operations/configuration.js'
import { enclaveKeyOperations } from './operations/enclave-key.js'
import { generatorOperations } from './operations/generator.js'
import { programOperations } from './operations/programs.js'
import { serviceOperations } from './operations/service.js'

const declared = {
  ...apiKeyOperations, ...programOperations, ...configurationOperations, ...enclaveKeyOperations, ...generatorOperations, ...serviceOperations
}

type Named<Declared> = { [Name in keyof Declared & string]: Declared[Name] & { url: `/${Name}` } }

export const operations = Object.fromEntries(Object.entries(declared).map(([name, operation]) => (
  [name, { ...operation, url: `/${name}` }]
))) as Named<typeof declared>
