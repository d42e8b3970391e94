/**
 * The sample market: simulated symbols for an empty database, with a history of nights, so that a first query finds
 * forecasts, a track record and a ledger.
 *
 * The nights run through the code of real ones (`schedule-nights.ts`, `run-night.ts`) under a simulated clock that
 * stands at the close of each session: the session's bars arrive and realise the forecast of the night before, then the
 * night fits, decides and issues. Recipes, rules and engine are the shipped ones, so that every installation gets the
 * same ledger. A simulated night refuses real symbols: the writer lists none, and a foreign key admits no outcome of one.
 *
 * A start that was interrupted is completed by the next one, from the session that it had reached.
 */
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Clock } from '../../domain/clock.js'
import { DEFAULT_RULES } from '../../domain/forecasts/promotion.js'
import { RECIPES } from '../../domain/models/recipe.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { WithBarWriter } from '../../db/bars/bar-writer.js'
import type { NightCancellation } from '../../db/nights/night-cancellation.js'
import type { NightStore } from '../../db/nights/nights.js'
import type { SampleTurn } from '../../db/nights/sample-turn.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import type { Engines } from '../../ml/engine/engines.js'
import { SAMPLE_SESSIONS, simulateSample, storeSampleBars } from '../bars/sample-bars.js'
import { createRunNight } from './run-night.js'
import type { RunNightDeps } from './run-night.js'
import { createScheduleNights } from './schedule-nights.js'

/** The newest sessions have a night each. */
const SAMPLE_NIGHTS = 40
const RECIPE_NAMES = RECIPES.map(({ name }) => name)
/** A simulated night is due whenever it is asked for, and no operator pauses it. */
const ALWAYS_DUE = '* * * * *'
const NEVER_PAUSED = { reason: () => Promise.resolve(undefined), set: () => Promise.resolve() }

export interface SampleMarket {
  /** Simulated symbols whose nights were played just now; empty where there was nothing to play. */
  readonly symbols: readonly string[]
  /** Bars stored just now. */
  readonly bars: number
  /** Nights played just now. */
  readonly nights: number
  /** Fits of these nights that became model versions, and fits that failed. */
  readonly fits: number
  readonly failedFits: number
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined
  /** Told after each night. */
  readonly onNight?: (done: number, nights: number) => void
}

/** @throws KospigraphError ABORTED by the signal, with the rest left to the next start */
export type LoadSampleMarket = (options?: LoadOptions) => Promise<SampleMarket>

export interface SampleMarketDeps {
  readonly symbols: SymbolStore
  readonly bars: BarReader
  readonly withBarWriter: WithBarWriter
  readonly nights: NightStore
  readonly cancellation: NightCancellation
  readonly turn: SampleTurn
  readonly engines: Engines
  readonly calendar: Calendar
  readonly clock: Clock
  /** What nights run on; `log` writes simulated nights. */
  readonly night: Omit<RunNightDeps, keyof Shipped | 'cancellation' | 'calendar' | 'clock'>
}

/** What does not follow the configuration. */
type Shipped = Pick<RunNightDeps, 'recipes' | 'rules' | 'engines' | 'syncBars'>

/** What is left to play. */
interface Rest {
  /** The newest session of the market. */
  readonly last: Session
  /** The newest session that has bars; null on an empty database. */
  readonly stored: Session | null
  /** Sessions whose night has not ended, oldest first. */
  readonly sessions: readonly Session[]
}

const NOTHING: SampleMarket = { symbols: [], bars: 0, nights: 0, fits: 0, failedFits: 0 }

export function createLoadSampleMarket(deps: SampleMarketDeps): LoadSampleMarket {
  return async (options = {}) => {
    if (!(await findRest(deps))) return NOTHING
    const played = await deps.turn.take(async () => {
      // Asked again: another process may have had the turn until now.
      const rest = await findRest(deps)
      return rest ? play(deps, rest, options) : NOTHING
    })
    return played ?? NOTHING
  }
}

/** Undefined where the database has other symbols, or a complete sample market. */
async function findRest({
  symbols,
  bars,
  nights,
  calendar,
  clock,
}: SampleMarketDeps): Promise<Rest | undefined> {
  const page = { limit: 1, fromEnd: false, after: undefined, before: undefined }
  const [simulated] = (await symbols.page({ simulated: true }, page)).items
  if (!simulated) {
    if (!(await symbols.isEmpty())) return undefined
    const last = calendar.lastClosedSession(clock.now())
    return { last, stored: null, sessions: nightSessions(calendar, last) }
  }
  const span = await bars.span(simulated.id)
  if (!span) return undefined
  let last = span.first
  for (let place = 1; place < SAMPLE_SESSIONS; place += 1) last = calendar.nextSession(last)
  const newest = await nights.newestDate(true)
  // All bars and no night: an earlier release stored them at once.
  if (newest === null && span.last >= last) return undefined
  const night = newest === null ? undefined : await nights.byKey({ session: newest, simulated: true })
  const sessions = nightSessions(calendar, last).filter(
    (session) =>
      !night || session > night.session || (session === night.session && night.finishedAt === null),
  )
  return sessions.length === 0 ? undefined : { last, stored: span.last, sessions }
}

function nightSessions(calendar: Calendar, last: Session): readonly Session[] {
  const sessions: Session[] = [last]
  while (sessions.length < SAMPLE_NIGHTS) sessions.unshift(calendar.previousSession(sessions[0] ?? last))
  return sessions
}

async function play(
  deps: SampleMarketDeps,
  { last, stored, sessions }: Rest,
  { signal = new AbortController().signal, onNight }: LoadOptions,
): Promise<SampleMarket> {
  const { calendar, nights, night, cancellation, withBarWriter } = deps
  const market = simulateSample(calendar, last)
  const simulatedClock = { at: new Date(0), now: () => simulatedClock.at }
  const common = { ...night, nights, cancellation, calendar, clock: simulatedClock }
  const shipped: Shipped = {
    recipes: RECIPES,
    rules: DEFAULT_RULES,
    engines: wasmOnly(deps.engines),
    syncBars: null,
  }
  const schedule = createScheduleNights({
    ...common,
    pause: NEVER_PAUSED,
    expression: ALWAYS_DUE,
    recipes: RECIPE_NAMES,
  })
  const run = createRunNight({ ...common, ...shipped })
  let newest = stored
  let bars = 0
  for (const [place, session] of sessions.entries()) {
    if (signal.aborted) throw new KospigraphError('ABORTED', 'playing the sample market was stopped')
    simulatedClock.at = calendar.sessionClose(session)
    if (newest === null || newest < session) {
      const range = { after: newest, to: session, now: simulatedClock.at }
      bars += await storeSampleBars(withBarWriter, market, range)
      newest = session
    }
    await schedule.fire()
    const job = { signal, lastAttempt: false }
    await run.night(session, job)
    const members = await night.log.symbols(session, session)
    await run.chunk(
      session,
      members.map(({ id }) => id),
      job,
    )
    onNight?.(place + 1, sessions.length)
  }
  const counts = await nights.counts(sessions, true)
  return {
    symbols: market.map(({ definition }) => definition.code),
    bars,
    nights: sessions.length,
    fits: counts.reduce((sum, { SUCCEEDED, ALREADY_ISSUED }) => sum + SUCCEEDED + ALREADY_ISSUED, 0),
    failedFits: counts.reduce((sum, { FAILED }) => sum + FAILED, 0),
  }
}

/** `wasm` gives the same bytes on every machine, and needs no loading of TensorFlow. */
function wasmOnly(engines: Engines): Pick<Engines, 'choose'> {
  return {
    choose: () => Promise.resolve({ engine: engines.wasm, reason: 'the sample market is fitted by wasm' }),
  }
}
