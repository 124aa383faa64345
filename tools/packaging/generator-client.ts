#!/usr/bin/env node
// The release's program. It loads only what the command needs.
if (process.argv.length > 2) import('./cli/main.mjs' as string)
else require('./service.cjs')
