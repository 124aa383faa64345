import type { Output } from './outcome.js'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100
/** Most commands are done before. */
const QUIET_MS = 1_000
const CLEAR_LINE = '\r\u001b[K'

export interface Spinner {
  start: (text: string) => void
  /** Removes the line. Must come before other output. */
  stop: () => void
}

/** Shows on a terminal that a command still works, and for how long. Writes nothing elsewhere. */
export function createSpinner (output: Output): Spinner {
  let timer: NodeJS.Timeout | undefined
  let isShown = false

  function stop (): void {
    clearInterval(timer)
    if (isShown) output.write(CLEAR_LINE)
    isShown = false
  }

  function start (text: string): void {
    if (output.isTTY !== true) return
    const begun = performance.now()
    timer = setInterval(() => {
      const passed = performance.now() - begun
      if (passed < QUIET_MS) return
      isShown = true
      output.write(
        `${CLEAR_LINE}${FRAMES[Math.floor(passed / FRAME_MS) % FRAMES.length]} ${text} (${Math.floor(passed / 1000)} s)`
      )
    }, FRAME_MS)
  }

  return { start, stop }
}
