/** `kospigraph night`: tonight's night now, followed until it has ended or waits for bars. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DORMANT_REMEDY } from '../../domain/nights/dormant-symbols.js'
import type { DormantSymbols } from '../../domain/nights/dormant-symbols.js'
import type { NightCounts, NightRecord } from '../../domain/nights/night-record.js'
import type { Session } from '../../domain/calendar/session.js'
import type { MarketData } from '../../services/bars/market-data.js'
import type { Nights } from '../../services/nights/nights.js'
import type { ScheduleNights } from '../../services/nights/schedule-nights.js'
import { KospigraphError } from '../../errors.js'
import { count, table } from '../terminal/terminal.js'
import type { Progress } from '../terminal/progress.js'
import type { Terminal } from '../terminal/terminal.js'

const LOOK_MS = 250
/** Nights that are looked through for one that has not ended: skipped and missed ones may be newer. */
const LOOKED_AT = 100
/** Failures, and dormant symbols, that are listed; nightOutcomes and Night.dormant have more. */
const LISTED = 20

export interface NightServices {
  readonly scheduleNights: Pick<ScheduleNights, 'runNow' | 'cancel'>
  readonly nights: Nights
  readonly market: Pick<MarketData, 'symbolsById'>
}

/** @returns the exit code: 0 where at least one symbol has its forecast */
export async function runNight(
  services: NightServices,
  terminal: Terminal,
  { signal }: { readonly signal: AbortSignal },
): Promise<0 | 1> {
  const { session: date, recipes } = await services.scheduleNights.runNow()
  terminal.note(`The night of ${date} with ${recipes.join(', ')}`)
  const { night, counts } = await follow(services.nights, terminal, date, signal)
  const rows = [
    ['night', night.session],
    ['status', night.reason === null ? night.status : `${night.status}: ${night.reason}`],
    ['fits', `${count(counts.SUCCEEDED + counts.ALREADY_ISSUED)} of ${count(night.expected ?? 0)} succeeded`],
    ...(counts.ALREADY_ISSUED > 0
      ? [['', `${count(counts.ALREADY_ISSUED)} found their forecast issued before`]]
      : []),
    ...(counts.FAILED > 0 ? [['failed', count(counts.FAILED)]] : []),
    ...(counts.STALE > 0 ? [['without bar', count(counts.STALE)]] : []),
    ...(night.nextTryAt ? [['looks again', night.nextTryAt.toISOString()]] : []),
  ]
  for (const line of table(rows)) terminal.print(line)
  if (counts.FAILED > 0) await listFailures(services, terminal, date, counts.FAILED)
  if (night.dormant && night.dormant.count > 0) await listDormant(services, terminal, night.dormant)
  return night.status === 'SUCCEEDED' ? 0 : 1
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
  const page = { limit: LOOKED_AT, fromEnd: false, after: undefined, before: undefined }
  const { items } = await nights.nights(page)
  const open = items.find(({ finishedAt }) => finishedAt === null)
  if (!open) throw new KospigraphError('BAD_USER_INPUT', 'no night runs or waits for bars')
  const night = await scheduleNights.cancel(open.session, reason)
  const [counts] = await nights.counts([night.session])
  const issued = counts ? counts.SUCCEEDED + counts.ALREADY_ISSUED : 0
  terminal.print(`The night of ${night.session} is cancelled; ${count(issued)} fits had succeeded, and stand`)
  return 0
}

async function follow(
  nights: Nights,
  terminal: Terminal,
  date: Session,
  signal: AbortSignal,
): Promise<{ readonly night: NightRecord; readonly counts: NightCounts }> {
  let bar: Progress | undefined
  try {
    for (;;) {
      signal.throwIfAborted()
      const night = await nights.night(date)
      const [counts] = await nights.counts([date])
      if (!night || !counts) throw new Error(`the night of ${date} is gone`)
      if (night.expected !== null) {
        bar ??= await terminal.progress(`night ${date}`, night.expected, 'fits')
        const done = Object.values(counts).reduce((sum, one) => sum + one, 0)
        bar.update(done, counts.FAILED === 0 ? '' : `${counts.FAILED} failed`)
      }
      if (night.status !== 'RUNNING') return { night, counts }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    bar?.stop()
  }
}

async function listFailures(
  { nights, market }: NightServices,
  terminal: Terminal,
  date: Session,
  failures: number,
): Promise<void> {
  const page = { limit: LISTED, fromEnd: false, after: undefined, before: undefined }
  const { items } = await nights.outcomes({ session: date, status: 'FAILED' }, page)
  const symbols = await market.symbolsById(items.map(({ symbolId }) => symbolId))
  const codes = new Map(symbols.map(({ id, code }) => [id, code]))
  const rows = items.map(({ symbolId, recipeName, errorCode, errorMessage }) => [
    ...[codes.get(symbolId) ?? '', recipeName, errorCode ?? '', errorMessage ?? ''],
  ])
  for (const line of table([['symbol', 'recipe', 'code', 'why'], ...rows])) terminal.print(line)
  if (failures > items.length) terminal.print(`and ${count(failures - items.length)} more`)
}

async function listDormant(
  { market }: Pick<NightServices, 'market'>,
  terminal: Terminal,
  { count: all, listed }: DormantSymbols,
): Promise<void> {
  const shown = listed.slice(0, LISTED)
  const symbols = await market.symbolsById(shown.map(({ symbolId }) => symbolId))
  const codes = new Map(symbols.map(({ id, code }) => [id, code]))
  const rows = shown.map(({ symbolId, lastSession }) => [codes.get(symbolId) ?? '', lastSession])
  for (const line of table([['dormant', 'newest bar'], ...rows])) terminal.print(line)
  if (all > shown.length) terminal.print(`and ${count(all - shown.length)} more`)
  terminal.print(`Dormant symbols get no forecast: ${DORMANT_REMEDY}`)
}
