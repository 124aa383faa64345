/** How often a race is run: the count of `npm run test:races` when RACES=full, else one that fits into `npm test`. */
export function rounds ({ quick, full }: { quick: number, full: number }): number {
  return process.env['RACES'] === 'full' ? full : quick
}
