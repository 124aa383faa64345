/** tap's loader that reports coverage. It doubles the time that a process takes to start and to end. */
export const COVERAGE = process.execArgv.filter(argument => argument.includes('@tapjs/processinfo'))
