/** What happens to the keys of a section. A key in no list is unknown and gets a warning. */
export interface SectionKeys {
  honoured: readonly string[]
  /** One or both supervisors know these keys. Here they change nothing and get a warning. */
  unused: readonly string[]
  /** These change what runs, so the start is refused unless they are switched off. Each key has its remedy. */
  refused: Readonly<Record<string, string>>
}

const SYSLOG_REMEDY = 'remove the line, and name a file in stdout_logfile or stderr_logfile to keep the lines'
const WATCH_REMEDY = 'remove the line: the API restarts the program (restartGenerator, restartProgram)'
const HOOK_REMEDY = 'remove the line, and let command= run what it names'

/** Keys of Python's Supervisor and of Go's supervisord, by section. `npm run docs` makes the table of docs/supervisors.md from them. */
export const SECTION_KEYS = {
  supervisord: {
    honoured: ['user', 'umask', 'directory', 'environment'],
    unused: [
      'logfile', 'logfile_maxbytes', 'logfile_backups', 'loglevel', 'pidfile', 'nodaemon', 'silent', 'minfds', 'minprocs', 'nocleanup',
      'childlogdir', 'strip_ansi', 'identifier', 'profile_options',
    ],
    refused: {},
  },
  program: {
    honoured: [
      'command', 'process_name', 'numprocs', 'numprocs_start', 'priority', 'directory', 'user', 'umask', 'environment', 'autostart',
      'startsecs', 'startretries', 'autorestart', 'exitcodes', 'stopsignal', 'stopwaitsecs', 'stopasgroup', 'killasgroup',
      'redirect_stderr', 'stdout_logfile', 'stdout_logfile_maxbytes', 'stdout_logfile_backups', 'stderr_logfile',
      'stderr_logfile_maxbytes', 'stderr_logfile_backups',
    ],
    unused: [
      'serverurl', 'stdout_capture_maxbytes', 'stderr_capture_maxbytes', 'stdout_events_enabled', 'stderr_events_enabled',
      'restartpause', 'killwaitsecs', 'syslog_facility', 'syslog_tag', 'syslog_stdout_priority', 'syslog_stderr_priority',
    ],
    refused: {
      stdout_syslog: SYSLOG_REMEDY,
      stderr_syslog: SYSLOG_REMEDY,
      envfiles: 'write the variables into environment=',
      depends_on: 'remove the line, and give the program that comes first a lower priority=',
      cron: 'remove the line, and start the program through the API when it is due',
      pre_start_hook: HOOK_REMEDY,
      pre_stop_hook: HOOK_REMEDY,
      liveness_check_script: WATCH_REMEDY,
      restart_when_binary_changed: WATCH_REMEDY,
      restart_cmd_when_binary_changed: WATCH_REMEDY,
      restart_signal_when_binary_changed: WATCH_REMEDY,
      restart_directory_monitor: WATCH_REMEDY,
      restart_cmd_when_file_changed: WATCH_REMEDY,
      restart_signal_when_file_changed: WATCH_REMEDY,
    },
  },
  group: { honoured: ['programs', 'priority'], unused: [], refused: {} },
  include: { honoured: ['files'], unused: [], refused: {} },
} as const satisfies Record<string, SectionKeys>

export type KeyOf<Kind extends keyof typeof SECTION_KEYS> = typeof SECTION_KEYS[Kind]['honoured'][number]

/** Sections of other kinds. A section with a `warning` changes nothing here. */
export const OTHER_SECTIONS = [
  { name: 'eventlistener', verdict: 'refused', message: 'the embedded supervisor has no events: remove the section, or run the file with a supervisord of your own (SUPERVISORD_URL)' },
  { name: 'fcgi-program', verdict: 'refused', message: 'the embedded supervisor opens no FastCGI socket: remove the section, or run the file with a supervisord of your own (SUPERVISORD_URL)' },
  { name: 'program-default', verdict: 'refused', message: 'the embedded supervisor takes no defaults from it: write its options into each [program:…] section' },
  ...['inet_http_server', 'unix_http_server', 'supervisorctl', 'rpcinterface', 'ctlplugin'].map(name =>
    ({ name, verdict: 'warning', message: 'is not used: the service has an API of its own' } as const)),
] as const
