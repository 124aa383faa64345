import { join, resolve } from 'node:path'
import fp from 'fastify-plugin'
import { openDataFolder } from '../src/config/pair/folder.js'
import { createConfigPair } from '../src/config/pair/pair.js'
import { type ConfigurationStore, createConfigurationStore } from '../src/config/store.js'

declare module 'fastify' {
  interface FastifyInstance {
    dataFolder: string
    configuration: ConfigurationStore
    /** Tells whether the service wrote a configuration in an earlier life. */
    wasConfigured: boolean
  }
}

export default fp(async (app) => {
  const folder = await openDataFolder({ path: resolve(app.config.CONFIG_DIR), group: app.config.CONFIG_GROUP })
  app.addHook('onClose', async () => await folder.release())
  if (folder.isOpenToOthers) app.log.warn(`CONFIG_DIR ${folder.path} can be entered by other users: chmod 700 it`)
  const pair = createConfigPair({ folder: folder.path, groupId: folder.groupId })
  await pair.removeLeftovers()
  await pair.share()
  app.decorate('dataFolder', folder.path)
  const { learn, learnDamaged } = app.redactor
  app.decorate('wasConfigured', await pair.isLinked())
  app.decorate('configuration', createConfigurationStore({ pair, onConfiguration: learn, onDamage: learnDamaged }))
  app.redactor.watch(app.configuration.read)
  for (const file of pair.openToOthers()) app.log.warn(`${join(folder.path, file)} can be read by other users: chmod 600 it`)
  await app.configuration.read().catch(error => {
    if (error.code !== 'CONFIG_NOT_FOUND') app.log.error(error.message)
  })
}, { name: 'storage', dependencies: ['environment', 'redaction'] })
