/** An expected value: the value itself, a pattern that fits its text, or an object with at least these fields. */
export type Expected = string | number | boolean | null | RegExp | { [field: string]: Expected }

/** Describes how a value differs from the expected one, with the field's name. Returns null if it does not. */
export function differenceFrom (expected: Expected, actual: unknown, field = 'the answer'): string | null {
  if (expected instanceof RegExp) {
    return typeof actual === 'string' && expected.test(actual)
      ? null
      : `${field} is ${print(actual)}, which does not fit ${expected}`
  }
  if (typeof expected !== 'object' || expected === null) {
    return actual === expected ? null : `${field} is ${print(actual)}, not ${print(expected)}`
  }
  if (typeof actual !== 'object' || actual === null) return `${field} is ${print(actual)}, not an object`
  for (const [name, value] of Object.entries(expected)) {
    const difference = differenceFrom(value, (actual as Record<string, unknown>)[name], `${field}'s ${name}`)
    if (difference !== null) return difference
  }
  return null
}

function print (value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}
