import { within } from '../timing/deadline.js'

/** The conditions under which the service can do its work. */
export const CONDITIONS = ['api_key', 'configuration', 'enclave_key', 'storage', 'supervisor'] as const
export type ConditionName = typeof CONDITIONS[number]

export interface Condition {
  name: ConditionName
  /** The fault and its remedy, or null. Anyone may read it, so it holds no address, secret or path. */
  problem: string | null
}

/** A check returns the problem or null. A check that throws, or that exceeds `deadlineMs`, counts as a problem. */
export function createReadiness ({ checks, deadlineMs }: {
  checks: Record<ConditionName, () => Promise<string | null>>, deadlineMs: number
}): () => Promise<Condition[]> {
  return async () => await Promise.all(CONDITIONS.map(async name => {
    const problem = within<string | null>(deadlineMs, checks[name](), () => 'could not be checked in time: the disk may hang')
    return { name, problem: await problem.catch(() => 'could not be checked: see the service\'s log') }
  }))
}

export type Readiness = ReturnType<typeof createReadiness>
