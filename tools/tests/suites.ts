/** A part of the tests that runs by name: `npm run test:full -- NAME`. */
export interface Suite {
  /** Files, and folders with all that is in them. A file belongs to the suite that names it, or its nearest folder. */
  paths: readonly string[]
  /** Environment of `TEST_COUNTS=full`. The default counts fit into CI. */
  full?: Readonly<Record<string, string>>
  /** Runs only when it is named, because its programs cannot be fetched from a registry. */
  onlyByName?: true
}

/** `npm test` runs this suite alone. Every test that no other suite takes belongs to it. */
export const CONTRACT = 'contract'

export const SUITES: Readonly<Record<string, Suite>> = {
  [CONTRACT]: {
    paths: ['test', 'test/supervisor/contract/embedded.test.ts'],
  },
  access: {
    paths: [
      'test/access/rotation-kill.test.ts', 'test/access/rotation-cuts.test.ts', 'test/enclave/secure-channel.test.ts',
      'test/operator/cli/rotation-kill.test.ts',
    ],
    full: { ROTATION_KILLS: '200', ROTATION_CUTS: '200', ROUND_TRIPS: '10000', ALTERED_BITS: '8' },
  },
  browser: {
    paths: ['test/browser'],
    full: { REQUIRE_CHROMIUM: '1' },
  },
  chain: {
    paths: [
      'test/chain/long-data.test.ts', 'test/chain/deployments.test.ts', 'test/chain/generations.test.ts',
      'test/chain/hostile.test.ts', 'test/chain/tls.test.ts', 'test/chain/rpc', 'test/contracts', 'test/compatibility',
      'test/differences.test.ts',
    ],
  },
  corpus: {
    paths: ['test/corpus'],
  },
  demo: {
    paths: [
      'test/tools/demo', 'test/supervisord', 'test/operator/cli/day.test.ts', 'test/operator/cli/guide.test.ts',
      'test/operator/cli/deployment.test.ts',
    ],
  },
  embedded: {
    paths: ['test/supervisor/embedded', 'test/machine'],
  },
  faults: {
    paths: ['test/faults', 'test/config/pair.test.ts'],
    full: {
      FAULT_KILLS: '2000',
      FAULT_SERVICE_KILLS: '200',
      FAULT_BIT_FLIPS: '1000',
      FAULT_TRUNCATIONS: '1',
      FAULT_CODES: '4',
      FAULT_STEP: '1',
      FAULT_CYCLES: '200',
      FAULT_POWER_HISTORIES: '20',
    },
  },
  fuzz: {
    paths: ['test/properties'],
    full: { FUZZ_RUNS: '10000', FUZZ_DOCUMENTS: '100000' },
  },
  leaks: {
    paths: ['test/leaks', 'test/redaction/drivers.test.ts', 'test/redaction/service.test.ts'],
  },
  life: {
    // Each large body starts a thread.
    paths: ['test/life', 'test/server.test.ts', 'test/bodies/large-bodies.test.ts'],
  },
  'other-supervisors': {
    paths: ['test/supervisor/contract/others'],
    onlyByName: true,
  },
  packaging: {
    paths: ['test/tools/packaging'],
  },
  races: {
    paths: ['test/races'],
    full: { RACE_KEYS: '1000', RACE_UPDATES: '500', RACE_STOPS: '100' },
  },
  supervisors: {
    paths: [
      'test/supervisor/contract', 'test/supervisor/ctl', 'test/supervisor/xml-rpc', 'test/supervisor/supervisord'
    ],
    full: { REQUIRE_SUPERVISORS: '1', SUPERVISOR_CYCLES: '200', SUPERVISOR_CALLS: '1000' },
  },
  tunnel: {
    paths: ['test/operator/tunnel'],
  },
}

/** Sorts test files into suites. A path is relative to the project, with forward slashes. */
export function filesOf (suites: readonly string[], files: readonly string[]): string[] {
  return files.filter(file => suites.includes(suiteOf(file)))
}

/** Names the suite with the longest path that holds the file. Throws an Error if there is none. */
export function suiteOf (file: string): string {
  const [nearest] = Object.entries(SUITES)
    .flatMap(([suite, { paths }]) => paths.map(path => ({ suite, path })))
    .filter(({ path }) => file === path || file.startsWith(`${path}/`))
    .sort((one, other) => other.path.length - one.path.length)
  if (nearest === undefined) throw new Error(`${file} is in no suite: tools/tests/suites.ts lists them`)
  return nearest.suite
}
