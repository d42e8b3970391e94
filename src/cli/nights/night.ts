/** `kospigraph night`: begins the newest night or finds it on record, follows it, and prints its outcome and forecasts. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Session } from '../../domain/calendar/session.js'
import { DORMANT_REMEDY } from '../../domain/nights/dormant-symbols.js'
import type { DormantSymbols } from '../../domain/nights/dormant-symbols.js'
import { NO_OUTCOMES } from '../../domain/nights/night-record.js'
import type { NightCounts, NightOutcome, NightRecord } from '../../domain/nights/night-record.js'
import type { MarketData } from '../../services/bars/market-data.js'
import type { Forecasts } from '../../services/forecasts/forecasts.js'
import type { Nights } from '../../services/nights/nights.js'
import { NightOnRecordError } from '../../services/nights/schedule-nights.js'
import type { ScheduleNights } from '../../services/nights/schedule-nights.js'
import { KospigraphError } from '../../errors.js'
import { table, wrap } from '../terminal/layout.js'
import { count } from '../terminal/numbers.js'
import { firstRows } from '../terminal/option-values.js'
import type { Progress } from '../terminal/progress.js'
import type { Terminal } from '../terminal/terminal.js'
import { printForecasts, readForecasts } from './night-forecasts.js'
import { nightJson, outcomesText } from './night-text.js'

const LOOK_MS = 250
/** Nights searched for one that has not ended: skipped and missed ones may be newer. */
const SEARCHED_NIGHTS = 100
/** Failures that are printed; all are counted. */
const MAX_FAILURES = 20
/** Dormant symbols that are printed; all are counted. */
const MAX_DORMANT = 20

export interface NightServices {
  readonly scheduleNights: Pick<ScheduleNights, 'runNow' | 'cancel'>
  readonly nights: Nights
  readonly forecasts: Pick<Forecasts, 'forecastsById'>
  readonly market: Pick<MarketData, 'symbolsById'>
}

/** @returns the exit code: 0 where at least one symbol has its forecast */
export async function runNight(
  services: NightServices,
  terminal: Terminal,
  { signal }: { readonly signal: AbortSignal },
): Promise<0 | 1> {
  const { session, isNew } = await begin(services, terminal)
  const { night, counts } = await follow(services.nights, terminal, session, signal)
  const rows = [
    ['night', night.session],
    ['status', night.reason === null ? night.status : `${night.status}: ${night.reason}`],
    ...(night.expected === null
      ? []
      : [['outcomes', `${outcomesText(counts)}; ${count(night.expected)} expected`]]),
    ...(night.nextTryAt ? [['next try', night.nextTryAt.toISOString()]] : []),
  ]
  terminal.print(table(rows, { width: terminal.columns }))
  const forecasts = await readForecasts(services, session)
  const failures = counts.FAILED > 0 ? await readFailures(services, session) : []
  printForecasts(terminal, forecasts)
  if (failures.length > 0) printFailures(terminal, failures, counts.FAILED)
  const dormant = night.dormant ? await readDormant(services, night.dormant) : []
  if (night.dormant && dormant.length > 0) printDormant(terminal, dormant, night.dormant.count)
  terminal.result({
    isNew,
    night: nightJson(night, counts),
    forecasts: forecasts.rows.map(({ json }) => json),
    hasMoreForecasts: forecasts.hasMore,
    failures,
    dormant,
  })
  return night.status === 'SUCCEEDED' ? 0 : 1
}

/** Begins the night; one that is on record already is printed as it is. */
async function begin(
  { scheduleNights }: NightServices,
  terminal: Terminal,
): Promise<{ readonly session: Session; readonly isNew: boolean }> {
  try {
    const { session, recipes } = await scheduleNights.runNow()
    terminal.note(`The night of ${session} with ${recipes.join(', ')}`)
    return { session, isNew: true }
  } catch (error) {
    if (!(error instanceof NightOnRecordError)) throw error
    terminal.note(`Nothing was run: ${error.message}.`)
    return { session: error.session, isNew: false }
  }
}

/**
 * Ends the newest night that has not ended.
 * @returns the exit code
 * @throws KospigraphError BAD_USER_INPUT where there is none
 */
export async function cancelNight(
  { scheduleNights, nights }: Pick<NightServices, 'scheduleNights' | 'nights'>,
  terminal: Terminal,
  reason: string,
): Promise<0> {
  const { items } = await nights.nights(firstRows(SEARCHED_NIGHTS), false)
  const open = items.find(({ finishedAt }) => finishedAt === null)
  if (!open) throw new KospigraphError('BAD_USER_INPUT', 'no night runs or waits for bars')
  const night = await scheduleNights.cancel(open.session, reason)
  const [counts = NO_OUTCOMES] = await nights.counts([night.session])
  terminal.print(`The night of ${night.session} is cancelled. Its outcomes stand: ${outcomesText(counts)}.`)
  terminal.result({ night: nightJson(night, counts) })
  return 0
}

async function follow(
  nights: Nights,
  terminal: Terminal,
  session: Session,
  signal: AbortSignal,
): Promise<{ readonly night: NightRecord; readonly counts: NightCounts }> {
  let bar: Progress | undefined
  try {
    for (;;) {
      signal.throwIfAborted()
      const night = await nights.night(session)
      const [counts] = await nights.counts([session])
      if (!night || !counts) throw new Error(`the night of ${session} is gone`)
      if (night.status !== 'RUNNING') {
        if (night.status === 'SUCCEEDED') bar?.finish()
        return { night, counts }
      }
      if (night.expected !== null) {
        bar ??= await terminal.progress(`night ${session}`, night.expected, 'fits')
        const done = Object.values(counts).reduce((sum, one) => sum + one, 0)
        bar.update(done, counts.FAILED === 0 ? '' : `${count(counts.FAILED)} failed`)
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    bar?.stop()
  }
}

interface Failure {
  readonly symbol: string
  readonly recipe: string
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

async function readFailures({ nights, market }: NightServices, session: Session): Promise<Failure[]> {
  const { items } = await nights.outcomes({ session, status: 'FAILED' }, firstRows(MAX_FAILURES))
  const symbols = await market.symbolsById(items.map(({ symbolId }) => symbolId))
  const codes = new Map(symbols.map(({ id, code }) => [id, code]))
  return items.map(({ symbolId, recipeName, errorCode, errorMessage }: NightOutcome) => ({
    symbol: codes.get(symbolId) ?? '',
    recipe: recipeName,
    errorCode,
    errorMessage,
  }))
}

function printFailures(terminal: Terminal, failures: readonly Failure[], total: number): void {
  const rows = failures.map(({ symbol, recipe, errorCode, errorMessage }) => [
    symbol,
    recipe,
    errorCode ?? '',
    errorMessage ?? '',
  ])
  terminal.print('')
  terminal.print(table([['symbol', 'recipe', 'code', 'reason'], ...rows], { width: terminal.columns }))
  if (total > failures.length) terminal.print(`and ${count(total - failures.length)} more failures`)
}

interface Dormant {
  readonly symbol: string
  /** Session of its newest bar. */
  readonly lastSession: Session
}

async function readDormant(
  { market }: Pick<NightServices, 'market'>,
  { listed }: DormantSymbols,
): Promise<Dormant[]> {
  const shown = listed.slice(0, MAX_DORMANT)
  const symbols = await market.symbolsById(shown.map(({ symbolId }) => symbolId))
  const codes = new Map(symbols.map(({ id, code }) => [id, code]))
  return shown.map(({ symbolId, lastSession }) => ({ symbol: codes.get(symbolId) ?? '', lastSession }))
}

function printDormant(terminal: Terminal, dormant: readonly Dormant[], total: number): void {
  const rows = dormant.map(({ symbol, lastSession }) => [symbol, lastSession])
  terminal.print('')
  terminal.print(table([['dormant', 'newest bar'], ...rows], { width: terminal.columns }))
  if (total > dormant.length) terminal.print(`and ${count(total - dormant.length)} more dormant symbols`)
  terminal.print(wrap(`Dormant symbols get no forecast: ${DORMANT_REMEDY}`, terminal.columns))
}
