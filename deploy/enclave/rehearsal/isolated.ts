/**
 * The parameters of `setpriv` that run a command as process 1 of a process namespace: when this program dies, however, so
 * does unshare and with it all that the command has started. `options` are further ones of unshare.
 */
export function isolated (command: string[], options: string[] = []): string[] {
  return ['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child=KILL', '--mount-proc', ...options, ...command]
}
