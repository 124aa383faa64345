#!/usr/bin/env node
// The bundle's program. Only what is asked for is loaded.
await (process.argv.length > 2 ? import('../../operator/cli/main.js') : import('../../src/server.js'))
export {}
