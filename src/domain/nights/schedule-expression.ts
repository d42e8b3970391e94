/**
 * Schedule expressions: when the night is claimed, as cron's five fields in Korean time.
 *
 * `node-cron` reads them and says which moments they name. Unlike in Vixie's cron, a day has to fit the day of month
 * *and* the day of week where both are restricted. Its sixth field, seconds, is refused: a night is claimed once
 * whatever fires how often, and five fields that somebody takes for six fire a minute apart.
 */
import { createTask, validateDetailed } from 'node-cron'
import type { ParsedFields, ScheduledTask } from 'node-cron'
import { KospigraphError } from '../../errors.js'
import { sanitizeText } from '../sanitize-text.js'
import { addDays, fromDayNumber, weekday } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'

export const SCHEDULE_TIMEZONE = 'Asia/Seoul'
/** Half past six in the evening on weekdays: vendors have the day's bars by then. */
export const DEFAULT_SCHEDULE = '30 18 * * 1-5'

const FIELDS = 5
const MAX_LENGTH = 200
/** Until the next 29 February, across a century that has none. */
const LONGEST_SEARCH_DAYS = 8 * 366
const KOREA_OFFSET_MS = 9 * 3_600_000
const MS_PER_DAY = 86_400_000

/**
 * The expression with single spaces between its fields.
 * @param name what the error calls it: a variable, an argument
 * @throws KospigraphError BAD_USER_INPUT naming the expression, its fault, and one that is right
 */
export function parseSchedule(text: string, name: string): string {
  const fields = text.trim().split(/\s+/)
  const expression = fields.join(' ')
  const refuse = (fault: string): KospigraphError =>
    new KospigraphError(
      'BAD_USER_INPUT',
      `${name}: "${sanitizeText(expression)}" is no schedule: ${fault}; write minute, hour, day of month, month and ` +
        `day of week in Korean time, as in "${DEFAULT_SCHEDULE}" for 18:30 on weekdays`,
    )
  if (text.length > MAX_LENGTH) throw refuse(`it has more than ${MAX_LENGTH} characters`)
  if (expression === '') throw refuse('it is empty')
  if (fields.length === FIELDS + 1) throw refuse('it has 6 fields, and seconds are not taken')
  if (fields.length !== FIELDS) throw refuse(`it has ${fields.length} fields instead of ${FIELDS}`)
  const { valid, errors } = validateDetailed(expression)
  if (!valid)
    throw refuse(errors.map(({ field, value = '' }) => `"${value}" is no ${nameOf(field)}`).join(', '))
  return expression
}

function nameOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/**
 * The first moment after `now` that the expression names, or null where there is none in 8 years.
 * @param expression as {@link parseSchedule} gave it
 */
export function nextRunAfter(expression: string, now: Date): Date | null {
  const { fields } = validateDetailed(expression)
  if (!fields) throw new RangeError(`"${expression}" has not been parsed.`)
  // Never started: it only says whether a moment is one of its own.
  const task = createTask(expression, () => undefined, { timezone: SCHEDULE_TIMEZONE })
  try {
    return firstRun(task, fields, now)
  } finally {
    void task.destroy()
  }
}

function firstRun(task: ScheduledTask, fields: ParsedFields, now: Date): Date | null {
  const times = fields.hour.flatMap((hour) => fields.minute.map((minute) => (hour * 60 + minute) * 60_000))
  const inOrder = times.toSorted((a, b) => a - b)
  let date = fromDayNumber(Math.floor((now.getTime() + KOREA_OFFSET_MS) / MS_PER_DAY))
  for (let days = 0; days <= LONGEST_SEARCH_DAYS; days += 1, date = addDays(date, 1)) {
    if (!mayName(fields, date)) continue
    const midnight = Date.parse(`${date}T00:00:00+09:00`)
    const time = inOrder.find((offset) => midnight + offset > now.getTime())
    if (time === undefined) continue
    const moment = new Date(midnight + time)
    if (task.match(moment)) return moment
  }
  return null
}

/** False where plain numbers rule the date out. Asking the task takes a tenth of a millisecond, thousands of dates do not wait for it. */
function mayName({ month, dayOfMonth, dayOfWeek }: ParsedFields, date: Session): boolean {
  const has = (values: readonly (number | string)[], value: number): boolean =>
    values.includes(value) || values.some((entry) => typeof entry === 'string')
  return (
    month.includes(Number(date.slice(5, 7))) &&
    has(dayOfMonth, Number(date.slice(8))) &&
    has(dayOfWeek, weekday(date))
  )
}
