import { type KeyState, readKeyFile } from './api-key-file.js'
import type { RetiredPresets } from './retired-presets.js'

/** `taken over`: the preset replaces the key that was there before. */
export type PresetUse = 'none' | 'taken over' | 'in force' | 'replaced'

const REOPEN = 'Restore it from a backup, stop the service and run generator-client reset-key, or start with an API_KEY_SHA256 that was never used here'

/**
 * Decides on the state of the key at a start, and on the use of the preset (lower case). If the key file is
 * missing, a configuration or a preset shows that there was a key, and none is issued. A stranger could ask first.
 */
export async function keyAtStart ({ path, retired, isConfigured, preset }: {
  path: string, retired: RetiredPresets, isConfigured: boolean, preset: string | undefined
}): Promise<{ state: KeyState, presetUse: PresetUse }> {
  const state = await readKeyFile(path)
  if ('damage' in state) return { state, presetUse: 'none' }
  if ('digest' in state) {
    if (preset === undefined) return { state, presetUse: 'none' }
    if (!state.presets.includes(preset) && !retired.has(preset)) return { state, presetUse: 'taken over' }
    return { state, presetUse: state.digest === preset ? 'in force' : 'replaced' }
  }
  if (preset === undefined) return { state: isConfigured ? lost('though the configuration is there') : state, presetUse: 'none' }
  if (retired.has(preset)) return { state: lost('and API_KEY_SHA256 was rotated away before'), presetUse: 'none' }
  const isNew = retired.isMissing && !isConfigured
  if (retired.problem !== null && !isNew) return { state: lost(`and ${retired.problem}`), presetUse: 'none' }
  return { state, presetUse: 'taken over' }
}

function lost (why: string): KeyState {
  return { damage: `is missing, ${why}`, remedy: REOPEN }
}
