/** `kospigraph data <symbol>`: what is stored of a symbol, what is missing, and where it came from, in 80 columns. */
import type { Session } from '../../domain/calendar/session.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { MarketData, DataSummary } from '../../services/bars/market-data.js'
import { count, price, table, wrap } from '../terminal/terminal.js'
import type { Terminal } from '../terminal/terminal.js'

const WIDTH = 80
const INDENT = '  '

export async function runData(
  { market, calendar }: { readonly market: MarketData; readonly calendar: Calendar },
  terminal: Terminal,
  { symbol }: { readonly symbol: string },
): Promise<0> {
  for (const line of summaryLines(await market.dataSummary(symbol), calendar)) terminal.print(line)
  return 0
}

function summaryLines(summary: DataSummary, calendar: Calendar): string[] {
  const { symbol, rows, firstSession, lastSession } = summary
  const kind = `${symbol.simulated ? 'simulated ' : ''}${symbol.kind.toLowerCase()}`
  const span = firstSession === null ? '' : `, ${firstSession} to ${lastSession}`
  const title = symbol.name === symbol.code ? symbol.code : `${symbol.code} ${symbol.name}`
  return [
    `${title}, ${kind}: ${count(rows)} ${rows === 1 ? 'bar' : 'bars'}${span}`,
    `${INDENT}data version ${symbol.dataVersion}`,
    ...section('', columnRows(summary)),
    ...missing(summary, calendar),
    ...section(
      'Flags',
      summary.flags.filter((one) => one.rows > 0).map((one) => [one.flag, count(one.rows)]),
    ),
    ...section(
      'Not stored, as far as kept',
      summary.excluded.map((one) => [one.code, count(one.rows), one.outcome.toLowerCase()]),
    ),
    ...section(
      'Replaced values',
      summary.revisions.map((one) => [one.reason, count(one.rows)]),
    ),
    ...section(
      'Sources',
      summary.sources.map((one) => [
        one.source.length > 36 ? `${one.source.slice(0, 35)}…` : one.source,
        count(one.rows),
        `${one.firstSession} to ${one.lastSession}`,
      ]),
    ),
  ]
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  return [...(title === '' ? [] : [title]), ...table(rows, { numbers: true }).map((line) => INDENT + line)]
}

function columnRows({ symbol, columns }: DataSummary): string[][] {
  const head = ['', 'count', 'nulls', 'min', 'max', 'mean', 'std']
  return [
    head,
    ...columns.map(({ column, count: values, nulls, ...of }) => {
      const decimals = column === 'volume' ? 0 : symbol.decimals
      const shown = (value: number | null, extra = 0): string =>
        value === null ? '-' : column === 'volume' ? compact(value) : price(value, decimals + extra)
      return [
        column,
        count(values),
        count(nulls),
        shown(of.min),
        shown(of.max),
        shown(of.mean),
        shown(of.std),
      ]
    }),
  ]
}

const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 })

/** Volumes have up to thirteen digits, and five of them stand in a line. */
function compact(value: number): string {
  return COMPACT.format(value)
}

function missing(
  { missingCount, missingSessions, uncheckedRows }: DataSummary,
  calendar: Calendar,
): string[] {
  const lines =
    missingCount === 0
      ? ['No session is missing between the first and the last bar.']
      : [`${count(missingCount)} ${missingCount === 1 ? 'session is' : 'sessions are'} missing:`]
  if (missingCount > 0) {
    const left = missingCount - missingSessions.length
    const named = [...runs(missingSessions, calendar), ...(left > 0 ? [`and ${count(left)} more`] : [])]
    lines.push(...wrap(named.join(', '), WIDTH - INDENT.length).map((line) => INDENT + line))
  }
  if (uncheckedRows > 0) {
    lines.push(
      `${count(uncheckedRows)} bars lie before 1999, where the calendar cannot tell what is missing.`,
    )
  }
  return lines
}

/** Neighbouring sessions as `first to last`. */
function runs(sessions: readonly Session[], calendar: Calendar): string[] {
  const found: { first: Session; last: Session }[] = []
  for (const session of sessions) {
    const run = found.at(-1)
    if (run && calendar.nextSession(run.last) === session) run.last = session
    else found.push({ first: session, last: session })
  }
  return found.map(({ first, last }) => (first === last ? first : `${first} to ${last}`))
}
