import type { Check } from '../../show/checks.js'

export interface Finding extends Check {
  result: 'pass' | 'warning' | 'fail' | 'skipped'
}

export function passed (name: string, message: string): Finding {
  return { name, result: 'pass', message, remedy: null }
}

export function warned (name: string, message: string, remedy: string): Finding {
  return { name, result: 'warning', message, remedy }
}

export function failed (name: string, message: string, remedy: string): Finding {
  return { name, result: 'fail', message, remedy }
}

export function skipped (name: string, message: string): Finding {
  return { name, result: 'skipped', message, remedy: null }
}
