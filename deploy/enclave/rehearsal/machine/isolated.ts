/**
 * Returns the parameters of `setpriv` that run a command as process 1 of a process namespace. When this program dies
 * for any reason, unshare dies with it, and so does everything that the command has started. `options` are further
 * options of unshare.
 */
export function isolated (command: string[], options: string[] = []): string[] {
  return [
    '--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', ...options, ...command
  ]
}
