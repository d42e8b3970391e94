/**
 * `npm run simulation -- [--weeks N] [--seed S] [--symbols N]`: runs weeks of nights on their own database. Prints
 * a line a day, a table and, last, one line of JSON. Exits with 1 where there was a violation.
 */
import { parseArgs } from 'node:util'
import { RUN_VARIABLE, beginRun, endRun } from '../support/run/test-run.js'
import { playNights } from './simulation.js'

const { values } = parseArgs({
  options: {
    weeks: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    symbols: { type: 'string', default: '70' },
  },
})
const [weeks, seed, symbols] = [values.weeks, values.seed, values.symbols].map(Number) as [
  number,
  number,
  number,
]
/** A run of so many weeks is valid only if at least so many processes were killed, each of them at least once. */
const [FULL_WEEKS, FULL_KILLS] = [8, 30]
const isWhole = (value: number, from: number, to: number): boolean =>
  Number.isInteger(value) && value >= from && value <= to
// The calendar's table ends with 2026, and the four special symbols are always there.
if (!isWhole(weeks, 1, 60) || !isWhole(seed, 0, 1_000_000) || !isWhole(symbols, 8, 1_000)) {
  console.error('--weeks must be 1 to 60, --seed 0 to 1000000, --symbols 8 to 1000')
  process.exit(2)
}

for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.once(signal, () => void endRun().finally(() => process.exit(128 + number)))
}
try {
  process.env[RUN_VARIABLE] = JSON.stringify(await beginRun())
  const result = await playNights({ weeks, seed, symbols, onDay: (line) => console.log(line) })
  const { violations, killed, takeoverMs, outcomes, promotions, ...rest } = result
  const listed = (counts: object): string =>
    Object.entries(counts)
      .map((pair) => pair.join(' '))
      .join(', ')
  console.log()
  const rows: [string, string | number][] = [
    ...Object.entries(rest),
    ['outcomes', listed(outcomes)],
    ['promotions', listed(promotions)],
    ['killed', listed(killed)],
    ['takeover', `median ${takeoverMs.median} ms, at most ${takeoverMs.max} ms, ${takeoverMs.count} times`],
    ['violations', violations.length],
  ]
  for (const [name, value] of rows) console.log(`${name.padEnd(16)}${value}`)
  console.log(
    JSON.stringify({
      seed,
      weeks,
      symbols,
      ...rest,
      outcomes,
      promotions,
      killed,
      violations: violations.length,
      takeoverMs,
    }),
  )
  const tooFew = weeks >= FULL_WEEKS && (result.kills < FULL_KILLS || Object.values(killed).includes(0))
  if (tooFew) console.error(`fewer than ${FULL_KILLS} kills, or a process that none hit: try another seed`)
  if (violations.length > 0 || tooFew) process.exitCode = 1
} finally {
  await endRun()
}
