// `npm run holidays`: writes Korea's statutory holidays after the recorded years into the source, from the package
// `date-holidays` with its errors corrected. The product then needs neither the package nor the 0.2 s and 40 MB
// that loading it takes. With --check it writes nothing and fails on a difference.
import { readFileSync, writeFileSync } from 'node:fs'
import Holidays from 'date-holidays'

const FILE = new URL('../src/domain/calendar/statutory-holidays.ts', import.meta.url)
/** The last recorded years are in the table too: a test compares them with the record. */
const FROM_YEAR = 2023
/** The substitutes of `date-holidays` for Korea end here. */
const TO_YEAR = 2050

/** Feasts of three days each. `date-holidays` begins Seollal with its middle day. */
const FEASTS = { 'korean 01-0-01 P3D': [-1, 0, 1], 'korean 8-0-14 P3D': [0, 1, 2] }
/** Where `date-holidays` 3.37.0 is wrong: 2033 has its leap month after the eleventh, not before Chuseok. */
const NOT_CLOSED = new Set(['2033-10-06', '2033-10-07', '2033-10-08'])
/** In 2036 Children's Day is on the Monday after Buddha's Birthday, whose substitute is the day after. */
const ALSO_CLOSED = ['2033-09-07', '2033-09-08', '2033-09-09', '2036-05-06']

const { version } = JSON.parse(
  readFileSync(new URL('../node_modules/date-holidays/package.json', import.meta.url), 'utf8'),
)
const source = new Holidays('KR', { types: ['public'] })

function addDays(date, days) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

function isWeekday(date) {
  const day = new Date(`${date}T00:00:00Z`).getUTCDay()
  return day !== 0 && day !== 6
}

/** The weekdays of a year that are statutory holidays, or substitutes of one. */
function holidaysOf(year) {
  const dates = new Set(ALSO_CLOSED.filter((date) => date.startsWith(`${year}-`)))
  for (const { date, rule } of source.getHolidays(year)) {
    // Its Date objects are instants; the text is the date itself.
    for (const days of FEASTS[rule] ?? [0]) dates.add(addDays(date.slice(0, 10), days))
  }
  return [...dates].filter((date) => isWeekday(date) && !NOT_CLOSED.has(date)).sort()
}

const years = Array.from({ length: TO_YEAR - FROM_YEAR + 1 }, (_, index) => FROM_YEAR + index)
const lines = years.map((year) => [year, ...holidaysOf(year).map((date) => date.slice(5))].join(' '))
const text = `/**
 * Korea's statutory holidays that fall on weekdays, with their substitutes: one line a year. \`npm run holidays\` writes
 * this file from \`date-holidays\` ${version}; corrections belong into its script.
 */
export const STATUTORY_HOLIDAYS = \`
${lines.join('\n')}
\`
`

if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) {
    console.error(
      'src/domain/calendar/statutory-holidays.ts differs from what date-holidays gives; run: npm run holidays',
    )
    process.exitCode = 1
  }
} else writeFileSync(FILE, text)
