/** Reading or changing the configuration may end in these. */
export const CONFIGURATION_ERRORS = ['CONFIG_NOT_FOUND', 'CONFIG_CORRUPT', 'STORAGE_FAILED'] as const
/** The checks on the chain before a change may end in these. */
export const CHAIN_ERRORS = ['CHAIN_MISMATCH', 'INSUFFICIENT_BALANCE', 'RPC_UNAVAILABLE'] as const
export const SUPERVISOR_ERRORS = ['PROGRAM_NOT_FOUND', 'SUPERVISOR_UNAVAILABLE', 'SUPERVISOR_TIMEOUT'] as const
export const STOP_ERRORS = [...SUPERVISOR_ERRORS, 'PROGRAM_STOP_FAILED'] as const
export const START_ERRORS = [...SUPERVISOR_ERRORS, ...CONFIGURATION_ERRORS, 'PREFLIGHT_FAILED', 'RPC_UNAVAILABLE', 'PROGRAM_START_FAILED', 'PROGRAM_ORPHANED'] as const
