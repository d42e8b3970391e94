/**
 * Runs a night's two tasks. The first syncs bars and queues the symbols that have a bar of the session in chunks; it runs
 * again later for symbols without one. The second fits a chunk as one batch and stores every result on its own: a
 * symbol that cannot be fitted fails alone, and persistence serves it.
 *
 * Either may be killed anywhere; another attempt continues with what is missing.
 */
import type { Calendar } from '../../domain/calendar/calendar.js'
import { ClaimLostError, MAX_ATTEMPTS } from '../../domain/queue/job.js'
import { DORMANT_SESSIONS } from '../../domain/nights/dormant-symbols.js'
import { nextRetry } from '../../domain/nights/night.js'
import type { NightRecord } from '../../domain/nights/night-record.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NightCancellation } from '../../db/nights/night-cancellation.js'
import type { ClaimedNight, NightPlan, NightSymbol } from '../../db/nights/night-writer.js'
import type { NightFailure } from '../../db/nights/record-outcome.js'
import { KospigraphError, messageOf } from '../../errors.js'
import type { SyncBars } from '../sync/sync-bars.js'
import { fitChunk } from './fit-chunk.js'
import type { FitChunkDeps } from './fit-chunk.js'
import { noBar, targetOpen, tooLate } from './night-failures.js'
import { untilCancelled } from './until-cancelled.js'

/** Symbols in one batch of fits and one job. */
const CHUNK_SYMBOLS = 64

export interface NightJob {
  readonly signal: AbortSignal
  /** Whether an unexpected error ends the night, or fails the chunk's symbols, because the job is not retried. */
  readonly lastAttempt: boolean
}

export interface RunNight {
  /** Syncs bars and plans the chunks. @throws ClaimLostError where another worker has claimed the night, or it was cancelled */
  night(date: Session, job: NightJob): Promise<void>
  /**
   * Fits a chunk's symbols that have no outcome yet.
   * @throws KospigraphError ABORTED where the signal ends it; another worker can continue
   * @throws ClaimLostError where the night has been cancelled
   */
  chunk(date: Session, symbolIds: readonly number[], job: NightJob): Promise<void>
}

export interface RunNightDeps extends FitChunkDeps {
  readonly cancellation: Pick<NightCancellation, 'isOpen'>
  /** Null where no provider is configured. */
  readonly syncBars: SyncBars | null
  /** Whether a provider publishes its bars on the next morning. */
  readonly morningBars?: boolean
}

export function createRunNight(deps: RunNightDeps): RunNight {
  const { log, clock } = deps
  return {
    async night(date, { signal, lastAttempt }) {
      const claimed = await log.claim(date, clock.now())
      if (!claimed) return
      try {
        await untilCancelled(deps.cancellation, claimed.night, signal, (open) => sync(deps, date, open))
        await planNight(deps, claimed)
        await log.finish(claimed, clock.now())
      } catch (error) {
        if (lastAttempt && !isNotOurs(error, signal)) {
          await log.end(
            claimed,
            'FAILED',
            `it failed ${MAX_ATTEMPTS} times: ${messageOf(error)}`,
            clock.now(),
          )
        }
        throw error
      }
    },

    async chunk(date, symbolIds, { signal, lastAttempt }) {
      const opened = await log.open(date)
      if (!opened) return
      const symbols = (await membersOf(deps, date)).filter(({ id }) => symbolIds.includes(id))
      try {
        const { night } = opened
        await untilCancelled(deps.cancellation, night, signal, (open) => fitChunk(deps, night, symbols, open))
      } catch (error) {
        if (!lastAttempt || isNotOurs(error, signal)) throw error
        const message = `it failed ${MAX_ATTEMPTS} times; the logs of the workers have the errors`
        await failRest(deps, opened.night, symbolIds, { status: 'FAILED', code: 'INTERNAL', message })
        await log.finish(opened, clock.now())
        throw error
      }
      await log.finish(opened, clock.now())
    },
  }
}

/** Whether an error ends only this worker's part and not the night. */
function isNotOurs(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || error instanceof ClaimLostError
}

async function sync({ syncBars, calendar, clock, warn }: RunNightDeps, date: Session, signal: AbortSignal) {
  if (!syncBars || clock.now() >= targetOpen(calendar, date)) return
  try {
    await syncBars({ signal })
  } catch (error) {
    signal.throwIfAborted()
    // The attempts are recorded; the night forecasts from the stored bars.
    if (!(error instanceof KospigraphError)) throw error
    warn(`the night of ${date} continues without new bars: ${error.message}`)
  }
}

/** The symbols of the night: without dormant ones, and without simulated ones that lack its bar. */
export async function membersOf(
  { log, calendar }: Pick<RunNightDeps, 'log' | 'calendar'>,
  date: Session,
): Promise<NightSymbol[]> {
  const symbols = await log.symbols(date, dormantBefore(calendar, date))
  return symbols.filter(({ simulated, lastSession }) => !simulated || lastSession === date)
}

/** A symbol without a bar from this session on is dormant. */
function dormantBefore(calendar: Calendar, date: Session): Session {
  let since = date
  for (let sessions = 0; sessions < DORMANT_SESSIONS; sessions += 1) since = calendar.previousSession(since)
  return since
}

async function planNight(deps: RunNightDeps, claimed: ClaimedNight): Promise<void> {
  const { log, calendar, clock, morningBars = false } = deps
  const { session: date, recipes, startedAt } = claimed.night
  const now = clock.now()
  const targetOpensAt = targetOpen(calendar, date)
  const isOpen = now >= targetOpensAt
  const members = await membersOf(deps, date)
  const dormant = await log.dormant(date, dormantBefore(calendar, date))
  await log.recordDormant(claimed, dormant)
  if (members.length === 0) {
    const reason = `no real symbol has a bar of the last ${DORMANT_SESSIONS} sessions; bring bars in, or set PROVIDERS`
    await log.end(claimed, 'SKIPPED', reason, now)
    return
  }
  const undone = members.filter(({ doneRecipes }) => recipes.some((name) => !doneRecipes.includes(name)))
  const stale = undone.filter(({ lastSession }) => lastSession !== date)
  const retryAt =
    stale.length === 0 ? null : nextRetry({ targetOpensAt }, startedAt ?? now, now, { morningBars })
  const fitted = new Set(isOpen ? [] : undone.filter(({ lastSession }) => lastSession === date))
  const chunks = new Map<string, number[]>()
  // Chunks go by position among all members, so that another worker of this night makes the same chunks and keys.
  for (const [place, symbol] of members.entries()) {
    if (!fitted.has(symbol)) continue
    const key = `nightChunk:${date}:${Math.floor(place / CHUNK_SYMBOLS)}`
    chunks.set(key, [...(chunks.get(key) ?? []), symbol.id])
  }
  const plan: NightPlan = {
    expected: members.length * recipes.length,
    chunks,
    retry: retryAt && {
      at: retryAt,
      delayMs: retryAt.getTime() - now.getTime(),
      reason: `${stale.length} of ${members.length} symbols have no bar of ${date} yet`,
    },
    givenUp: undone
      .filter((symbol) => !fitted.has(symbol) && (retryAt === null || symbol.lastSession === date))
      .map(({ id, lastSession }) => ({
        symbolId: id,
        ...(lastSession === date ? tooLate(date) : noBar(date, lastSession)),
      })),
  }
  await log.plan(claimed, plan, now)
}

async function failRest(
  { log, clock }: RunNightDeps,
  { session: date, recipes }: NightRecord,
  symbolIds: readonly number[],
  failure: NightFailure,
): Promise<void> {
  for (const symbolId of symbolIds) {
    for (const recipeName of recipes) {
      await log.fail(date, symbolId, recipeName, failure, clock.now())
    }
  }
}
