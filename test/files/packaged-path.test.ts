import t from 'tap'
import { findPackaged } from '../../src/files/packaged-path.js'
import { projectFolder } from '../project.js'

t.test('a file of the package is found above the code, and what the build made in dist/', async t => {
  t.equal(findPackaged('package.json'), `${projectFolder()}/package.json`)
  t.equal(findPackaged('documentation/openapi.json'), `${projectFolder()}/dist/documentation/openapi.json`)
  t.equal(findPackaged('generator-client-nowhere'), '/generator-client-nowhere')
})
