/**
 * Schedule expressions: when nights start, as cron's five fields in Korean time.
 *
 * `node-cron` parses and evaluates them. Unlike in Vixie's cron, a day must match the day of month *and* the day of week
 * where both are restricted. The optional sixth field of node-cron, seconds, is refused: a night needs no seconds, and
 * fields that are shifted by one would silently mean another schedule.
 */
import { createTask, validateDetailed } from 'node-cron'
import type { ParsedFields, ScheduledTask } from 'node-cron'
import { KospigraphError } from '../../errors.js'
import { sanitizeText } from '../sanitize-text.js'
import { KOREAN_TIMEZONE, koreanDate, koreanInstant } from '../calendar/korean-time.js'
import { addDays, weekday } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'

/** 18:30 on weekdays, when vendors have the bars of the regular session; see also `default-schedule.ts`. */
export const DEFAULT_SCHEDULE = '30 18 * * 1-5'

const FIELDS = 5
const MAX_EXPRESSION_LENGTH = 200
/** Longest distance between two 29 Februaries: 8 years, across a century year without one. */
const LONGEST_SEARCH_DAYS = 8 * 366

/**
 * Validates an expression and returns it with single spaces between its fields.
 * @param name the variable or argument, for the error
 * @throws KospigraphError BAD_USER_INPUT naming the expression, its fault, and a correct example
 */
export function parseSchedule(text: string, name: string): string {
  const fields = text.trim().split(/\s+/)
  const expression = fields.join(' ')
  const refuse = (fault: string): KospigraphError =>
    new KospigraphError(
      'BAD_USER_INPUT',
      `${name}: "${sanitizeText(expression)}" is not a schedule: ${fault}; write minute, hour, day of month, month and ` +
        `day of week in Korean time, as in "${DEFAULT_SCHEDULE}" for 18:30 on weekdays`,
    )
  if (text.length > MAX_EXPRESSION_LENGTH)
    throw refuse(`it has more than ${MAX_EXPRESSION_LENGTH} characters`)
  if (expression === '') throw refuse('it is empty')
  if (fields.length === FIELDS + 1) throw refuse('it has 6 fields, but seconds are not supported')
  if (fields.length !== FIELDS) throw refuse(`it has ${fields.length} fields instead of ${FIELDS}`)
  const { valid, errors } = validateDetailed(expression)
  if (!valid)
    throw refuse(
      errors.map(({ field, value = '' }) => `"${value}" is not a valid ${nameOf(field)}`).join(', '),
    )
  return expression
}

function nameOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/**
 * Returns the first moment after `now` that matches the expression, or null where none does in 8 years.
 * @param expression a result of {@link parseSchedule}
 */
export function nextRunAfter(expression: string, now: Date): Date | null {
  const { fields } = validateDetailed(expression)
  if (!fields) throw new RangeError(`"${expression}" is not a schedule; pass a result of parseSchedule`)
  // The task is never started; it only tests whether a moment matches.
  const task = createTask(expression, () => undefined, { timezone: KOREAN_TIMEZONE })
  try {
    return firstRun(task, fields, now)
  } finally {
    void task.destroy()
  }
}

function firstRun(task: ScheduledTask, fields: ParsedFields, now: Date): Date | null {
  const times = fields.hour.flatMap((hour) => fields.minute.map((minute) => (hour * 60 + minute) * 60_000))
  const inOrder = times.toSorted((a, b) => a - b)
  let date = koreanDate(now)
  for (let days = 0; days <= LONGEST_SEARCH_DAYS; days += 1, date = addDays(date, 1)) {
    if (!mayName(fields, date)) continue
    const midnight = koreanInstant(date, '00:00').getTime()
    const time = inOrder.find((offset) => midnight + offset > now.getTime())
    if (time === undefined) continue
    const moment = new Date(midnight + time)
    if (task.match(moment)) return moment
  }
  return null
}

/** False where plain numbers exclude the date: the task's own test takes 0.1 ms, too long for thousands of dates. */
function mayName({ month, dayOfMonth, dayOfWeek }: ParsedFields, date: Session): boolean {
  const has = (values: readonly (number | string)[], value: number): boolean =>
    values.includes(value) || values.some((entry) => typeof entry === 'string')
  return (
    month.includes(Number(date.slice(5, 7))) &&
    has(dayOfMonth, Number(date.slice(8))) &&
    has(dayOfWeek, weekday(date))
  )
}
