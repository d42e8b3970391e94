/** `kospigraph data <symbol>`: what is stored of a symbol, what is missing, and where it came from. */
import type { Session } from '../../domain/calendar/session.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { MarketData, DataSummary } from '../../services/bars/market-data.js'
import { table, truncate, wrap } from '../terminal/layout.js'
import { count, counted, price } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'
import { symbolJson } from './symbol-json.js'
import { titleOf } from './symbol-title.js'

const INDENT = '  '
const SOURCE_COLUMNS = 36

export async function runData(
  { market, calendar }: { readonly market: MarketData; readonly calendar: Calendar },
  terminal: Terminal,
  { symbol }: { readonly symbol: string },
): Promise<0> {
  const summary = await market.dataSummary(symbol)
  terminal.print(summaryLines(summary, calendar, terminal.proseColumns))
  terminal.result({ ...summary, symbol: symbolJson(summary.symbol) })
  return 0
}

function summaryLines(summary: DataSummary, calendar: Calendar, width: number): string[] {
  const { symbol, rows, firstSession, lastSession } = summary
  const kind = `${symbol.simulated ? 'simulated ' : ''}${symbol.kind.toLowerCase().replace('_', ' ')}`
  const span = firstSession === null ? '' : `, ${firstSession} to ${lastSession}`
  return [
    `${titleOf(symbol)}, ${kind}: ${counted(rows, 'bar')}${span}`,
    `${INDENT}data version ${symbol.dataVersion}`,
    ...section('', columnRows(summary)),
    ...missing(summary, calendar, width),
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
      'Hours of close and volume, adjustment',
      summary.bases.map((one) => [
        `${one.closeBasis.toLowerCase()}, ${one.volumeBasis.toLowerCase()}`,
        one.adjustment.toLowerCase().replace('_', ' '),
        count(one.rows),
        `${one.firstSession} to ${one.lastSession}`,
      ]),
    ),
    ...section(
      'Sources',
      summary.sources.map((one) => [
        truncate(one.source, SOURCE_COLUMNS),
        count(one.rows),
        `${one.firstSession} to ${one.lastSession}`,
      ]),
    ),
  ]
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  return [...(title === '' ? [] : [title]), ...table(rows, { numbers: true, indent: INDENT })]
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

/** Volumes have up to thirteen digits, and a line has five of them. */
function compact(value: number): string {
  return COMPACT.format(value)
}

function missing(
  { missingCount, missingSessions, uncheckedRows }: DataSummary,
  calendar: Calendar,
  width: number,
): string[] {
  const lines =
    missingCount === 0
      ? ['No session is missing between the first and the last bar.']
      : [`${count(missingCount)} ${missingCount === 1 ? 'session is' : 'sessions are'} missing:`]
  if (missingCount > 0) {
    const left = missingCount - missingSessions.length
    const named = [...runs(missingSessions, calendar), ...(left > 0 ? [`and ${count(left)} more`] : [])]
    lines.push(...wrap(named.join(', '), width, INDENT))
  }
  if (uncheckedRows > 0) {
    lines.push(`${counted(uncheckedRows, 'bar')} lie before 1999, where no calendar shows what is missing.`)
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
