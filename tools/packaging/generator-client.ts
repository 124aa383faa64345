#!/usr/bin/env node
// The bundle's program. It loads only the modules that the command needs.
await (process.argv.length > 2 ? import('../../operator/cli/main.js') : import('../../src/server.js'))
export {}
