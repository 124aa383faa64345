/** Repeats the version of package.json, so that a bundle has it too. */
export const VERSION = '0.1.0'
