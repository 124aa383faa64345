import { check } from '../check.js'
import { type DerElement, TAGS } from '../der.js'

const FORMS: Record<number, RegExp> = {
  [TAGS.UTC_TIME]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  [TAGS.GENERALIZED_TIME]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
}
/** From this year on, RFC 5280 (4.1.2.5) has four digits for the year, and before it two. */
const FIRST_LONG_YEAR = 2050

/** Reads a time of a certificate. Throws an AttestationError for forms that RFC 5280 does not have. */
export function readTime ({ tag, content }: DerElement): Date {
  const [, year = '', ...others] = FORMS[tag]?.exec(content.toString('latin1')) ?? []
  const fullYear = year.length === 2 ? `${Number(year) < 50 ? '20' : '19'}${year}` : year
  const [month, day, hour, minute, second] = others
  const iso = `${fullYear}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = new Date(iso)
  // A 30th of February is another day in JavaScript.
  check(
    'certificate-time', !Number.isNaN(time.getTime()) && time.toISOString() === iso, 'A certificate has a date in a wrong form'
  )
  check(
    'certificate-time-form', (tag === TAGS.GENERALIZED_TIME) === (time.getUTCFullYear() >= FIRST_LONG_YEAR),
    'A certificate has a year in a wrong form'
  )
  return time
}
