/**
 * Reads a number from an environment variable: how often a test tries something, or its seed. The default is `quick`.
 * tools/tests/suites.ts has the full counts. Throws an Error with the variable's name unless it is a whole number above
 * zero. A test that tries nothing would pass.
 */
export function count (variable: string, quick: number): number {
  const text = process.env[variable] ?? String(quick)
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new Error(
      `${variable} must be a whole number from 1 to 9999999999, not "${text}"`
    )
  }
  return Number(text)
}
