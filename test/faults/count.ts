/** How often a fault is tried: as the environment variable says (`npm run test:faults` has the full counts), else `quick`. */
export function count (variable: string, quick: number): number {
  return Number(process.env[variable] ?? quick)
}
