/** The fields of an answer about the configuration while `programs` run with an older one. */
export function restartNotes (programs: string[]) {
  return programs.length === 0 ? {} : { restart_required: true as const, restart_programs: programs }
}
