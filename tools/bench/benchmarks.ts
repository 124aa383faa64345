/** Benchmarks by name, each with its module in this folder. */
export const BENCHMARKS: Readonly<Record<string, string>> = {
  service: 'service',
  attestation: 'attestation/attestation',
  changes: 'changes/changes',
  channel: 'attestation/channel',
  load: 'load/load',
  log: 'log-path',
  malformed: 'strangers/malformed',
  plans: 'chain/plans',
  preflight: 'chain/preflight',
  redaction: 'redaction',
  signing: 'signing',
  stalls: 'stalls',
  start: 'start/cold-start',
  status: 'status',
  strangers: 'strangers/strangers',
}
