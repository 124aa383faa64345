const MAXIMUM_CHARACTERS = 64

/** Makes a stranger's name fit for a message: at most 64 characters, unprintable ones as `\\uXXXX`. */
export function shownName (name: string): string {
  let shown = ''
  for (const character of name) {
    const text = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character) ? JSON.stringify(character).slice(1, -1) : escape(character)
    if (shown.length + text.length > MAXIMUM_CHARACTERS) break
    shown += text
  }
  return shown
}

function escape (character: string): string {
  return character.split('').map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
}
