import { within } from '../timing/deadline.js'

/** What must hold for the service to do its work. */
export const CONDITIONS = ['api_key', 'configuration', 'enclave_key', 'storage', 'supervisor'] as const
export type ConditionName = typeof CONDITIONS[number]

export interface Condition {
  name: ConditionName
  /** What is missing and what to do about it, for anyone to read: no address, no secret, no path. null: it holds. */
  problem: string | null
}

/** A check gives the problem or null. One that throws, or takes longer than `deadlineMs`, is a problem, too. */
export function createReadiness ({ checks, deadlineMs }: {
  checks: Record<ConditionName, () => Promise<string | null>>, deadlineMs: number
}): () => Promise<Condition[]> {
  return async () => await Promise.all(CONDITIONS.map(async name => {
    const problem = within<string | null>(deadlineMs, checks[name](), () => 'could not be checked in time: the disk may hang')
    return { name, problem: await problem.catch(() => 'could not be checked: see the service\'s log') }
  }))
}

export type Readiness = ReturnType<typeof createReadiness>
