/** The target of a stream's output. A null `file` keeps it in memory only. `maxBytes` 0 never rotates it. */
export interface LogConfiguration { file: string | null, maxBytes: number, backups: number }

/** One process of a `[program:x]` section. The defaults are Supervisor's, but stopasgroup and killasgroup are true. */
export interface ProgramConfiguration {
  /** A unique name. `group:name` is another name for it. */
  name: string
  group: string
  /** Programs of a lower rank are spawned first. */
  startRank: number
  /** The program and its arguments. */
  command: [string, ...string[]]
  /** The words before the command. They name programs that set user and umask, then run the rest in their own place. */
  launcher: string[]
  directory: string | null
  autostart: boolean
  startSeconds: number
  startRetries: number
  autorestart: boolean | 'unexpected'
  exitCodes: number[]
  stopSignal: NodeJS.Signals
  stopWaitSeconds: number
  stopAsGroup: boolean
  killAsGroup: boolean
  environment: Record<string, string>
  stdout: LogConfiguration
  stderr: LogConfiguration
  redirectStderr: boolean
}
