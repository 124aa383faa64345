/** Where a stream's output goes. `file` null: only into memory. `maxBytes` 0: never rotated. */
export interface LogConfiguration { file: string | null, maxBytes: number, backups: number }

/** One process of a `[program:x]` section, with Supervisor's defaults (but stopasgroup and killasgroup are true). */
export interface ProgramConfiguration {
  /** Unique; `group:name` is another name for it. */
  name: string
  group: string
  /** Programs of a lower rank are spawned before. */
  startRank: number
  /** The program and its arguments. */
  command: [string, ...string[]]
  /** Words before the command: programs that set user and umask, then run the rest in their own place. */
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
