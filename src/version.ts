/** The version of package.json; written here so that a bundle has it too. */
export const VERSION = '0.1.0'
