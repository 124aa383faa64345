/** Of tap's loaders the one that reports coverage, for a process of Node that a test begins; its start and end take twice as long. */
export const COVERAGE = process.execArgv.filter(argument => argument.includes('@tapjs/processinfo'))
