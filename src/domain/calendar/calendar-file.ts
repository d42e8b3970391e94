/**
 * Parses the operator's changes to the calendar, as JSON: further closures, sessions held on closed days, and special
 * hours in Korean time. Every part is optional.
 *
 * `{ "closures": [{ "date": "2027-10-08", "reason": "Temporary public holiday" }], "sessions": ["2027-05-03"],
 * "hours": [{ "date": "2027-11-18", "open": "10:00", "close": "16:30" }], "checkedTo": "2027-12-31" }`
 *
 * `checkedTo` states that the closures up to that date are complete.
 */
import { z } from 'zod'
import { KospigraphError } from '../../errors.js'
import { CALENDAR_FROM, CALENDAR_TO, createCalendar } from './calendar.js'
import type { Calendar, CalendarOverrides } from './calendar.js'
import { sanitizeText } from '../sanitize-text.js'
import { isLocalDate } from './session.js'
import type { Session } from './session.js'

const ENTRIES_LIMIT = 1_000

const date = z
  .string({ error: 'must be a date, YYYY-MM-DD' })
  .refine(isLocalDate, { error: 'must be a date, YYYY-MM-DD', abort: true })
  .refine((text) => text >= CALENDAR_FROM && text <= CALENDAR_TO, {
    error: `must lie from ${CALENDAR_FROM} to ${CALENDAR_TO}`,
  })
const time = z
  .string({ error: 'must be a time in Korea, HH:MM' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time in Korea, HH:MM')
const reason = z
  .string({ error: 'must be the reason of the closure' })
  .min(1, 'must be the reason of the closure')
  .max(200, 'must have at most 200 characters')

const schema = z.strictObject({
  closures: z.array(z.strictObject({ date, reason })).max(ENTRIES_LIMIT).default([]),
  sessions: z.array(date).max(ENTRIES_LIMIT).default([]),
  hours: z
    .array(z.strictObject({ date, open: time, close: time }))
    .max(ENTRIES_LIMIT)
    .default([]),
  checkedTo: date.optional(),
})

/**
 * Returns the exchange's calendar with the changes of the file.
 * @param file the file's name, for messages
 * @throws KospigraphError CONFIGURATION naming every wrong entry
 */
export function parseCalendarFile(text: string, file: string): Calendar {
  let json: unknown
  try {
    // Some editors begin a file with a byte order mark.
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new KospigraphError('CONFIGURATION', `${file}: is not valid JSON: ${String(cause)}`, { cause })
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success)
    throw refusal(
      file,
      parsed.error.issues.map((issue) => describe(issue, json)),
    )
  const { closures, sessions, hours, checkedTo } = parsed.data
  const overrides: CalendarOverrides = {
    closures: new Set(closures.map((entry) => entry.date)),
    sessions: new Set(sessions),
    hours: new Map(hours.map(({ date: session, open, close }) => [session, { open, close }])),
    checkedTo,
  }
  const calendar = createCalendar(overrides)
  const problems = [
    ...repeated(closures.map((entry) => entry.date)).map((day) => `closures: ${day} is listed twice`),
    ...repeated(sessions).map((day) => `sessions: ${day} is listed twice`),
    ...repeated(hours.map((entry) => entry.date)).map((day) => `hours: ${day} is listed twice`),
    ...sessions
      .filter((day) => overrides.closures.has(day))
      .map((day) => `sessions: ${day} is also listed under closures; keep one`),
    ...hours
      .filter(({ open, close }) => open >= close)
      .map(
        (entry) =>
          `hours: ${entry.date} opens at ${entry.open} and closes at ${entry.close}; the close must be later`,
      ),
    ...hours
      .filter((entry) => !calendar.isSession(entry.date))
      .map((entry) => `hours: ${entry.date} is not a session; list it under sessions if it is one`),
  ]
  if (problems.length > 0) throw refusal(file, problems)
  return calendar
}

function refusal(file: string, problems: readonly string[]): KospigraphError {
  return new KospigraphError('CONFIGURATION', `${file}: ${problems.join('; ')}`)
}

function repeated(dates: readonly Session[]): Session[] {
  return [...new Set(dates.filter((day, index) => dates.indexOf(day) !== index))]
}

/** Describes a problem with the path of the entry, and its value if that is text. */
function describe(issue: z.core.$ZodIssue, json: unknown): string {
  const place = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  const value = issue.path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  )
  const given = typeof value === 'string' ? ` "${sanitizeText(value)}"` : ''
  const known = Object.keys(schema.shape).join(', ')
  if (issue.code === 'unrecognized_keys' && place === '') {
    return `${issue.keys.map(sanitizeText).join(', ')}: unknown; the known keys are ${known}`
  }
  if (place === '') return `must be an object with any of ${known}`
  return `${place.slice(1)}${given}: ${issue.message}`
}
