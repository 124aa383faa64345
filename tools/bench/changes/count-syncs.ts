/** Loaded into a service under measurement: keeps the number of its fsync calls in the file SYNC_COUNT_FILE. */
import { openSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

const counter = openSync(process.env['SYNC_COUNT_FILE']!, 'w')
const handle = await open('/dev/null')
const prototype = Object.getPrototypeOf(handle) as FileHandle
await handle.close()
const { sync } = prototype
let count = 0
prototype.sync = async function () {
  count += 1
  writeSync(counter, String(count), 0)
  await sync.call(this)
}
