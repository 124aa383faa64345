/**
 * How often something is tried: as the environment variable says (`npm run test:faults` has the full counts), else `quick`.
 * Throws an Error that names the variable where it is no whole number above zero: that would try nothing, and pass.
 */
export function count (variable: string, quick: number): number {
  const text = process.env[variable] ?? String(quick)
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`${variable} must be a whole number from 1 to 9999999999, not "${text}"`)
  return Number(text)
}
