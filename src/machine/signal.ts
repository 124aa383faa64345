/** Sends a signal to a pid, or to a process group as a negative number. The process table tells what came of it. */
export function sendSignal (target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // The process has ended, or belongs to another user.
  }
}
