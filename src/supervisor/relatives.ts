import type { ProcessEntry } from '../machine/process-table.js'

/**
 * Adds to members of a program their children, and every process in a session that a member began. The kernel gives the
 * number of a session to no other while a process is in it. No member began the session `foreign`.
 */
export function withRelatives ({ members, candidates, foreign = null }: {
  members: ProcessEntry[], candidates: ProcessEntry[], foreign?: number | null
}): ProcessEntry[] {
  const known = new Set(members)
  const sessions = new Set(members.map(({ session }) => session).filter(session => session !== foreign))
  const parents = new Set(members.map(({ pid }) => pid))
  const found = candidates.filter(one => known.has(one) || sessions.has(one.session) || parents.has(one.parent))
  return found.length === members.length ? found : withRelatives({ members: found, candidates, foreign })
}
