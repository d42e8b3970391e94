/** Plans a backtest: its bars, the sessions to forecast, and the bars that each fit may see. */
import type {
  BacktestSettings,
  FixedSplitSettings,
  WalkForwardSettings,
} from '../../domain/backtests/backtest.js'
import type { JoinedBars } from '../../domain/bars/actions/joined-bars.js'
import { flagBit } from '../../domain/bars/bar.js'
import type { BarColumns } from '../../domain/bars/bar.js'
import { inputBars, windowBars } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import { KospigraphError } from '../../errors.js'
import { sampleCountOfBars } from '../../ml/backtests/fixed-split.js'
import type { AccumulatorBar } from '../../ml/backtests/backtest-accumulator.js'
import { foldCount, walkForward } from '../../ml/fit/walk-forward-folds.js'
import type { Fold } from '../../ml/fit/walk-forward-folds.js'

/** Most bars that a backtest reads: 80 years of sessions. */
export const MAX_BACKTEST_BARS = 20_000
/** Sessions before the test part that the volatility estimate starts from. */
const WARM_UP_BARS = 250

const HALT = flagBit('HALT')

/** Bars on the price scale of the last one. */
export interface BacktestBars extends Pick<JoinedBars, 'bars' | 'breaks'> {
  readonly flags: readonly number[]
  readonly dataVersion: number
}

/** Fields of every plan. A place is an index into the bars. */
interface CommonPlan {
  readonly bars: BarColumns
  /** Places of bars before which the series breaks. */
  readonly breaks: readonly number[]
  /** Planned number of rows; the planned number of folds follows. */
  readonly sessions: number
  readonly folds: number
  /** Place of the bar of the first row. */
  readonly firstPlace: number
  /** Place of the first bar of the test part, where the accumulator starts. */
  readonly testPlace: number
  ledgerBar(place: number): AccumulatorBar
  /** At most 250 bars before the test part, from which the accumulator estimates volatility. */
  warmUp(): AccumulatorBar[]
}

export interface WalkForwardPlanned extends CommonPlan {
  readonly protocol: 'WALK_FORWARD'
  readonly settings: WalkForwardSettings
  /** The folds from number `fold` on. */
  foldsFrom(fold: number): Iterable<Fold>
}

export interface FixedSplitPlanned extends CommonPlan {
  readonly protocol: 'FIXED_SPLIT'
  readonly settings: FixedSplitSettings
}

export type BacktestPlan = WalkForwardPlanned | FixedSplitPlanned

/** Reads the bars of a backtest. @throws KospigraphError BAD_USER_INPUT above {@link MAX_BACKTEST_BARS} bars */
export async function readBacktestBars(
  store: BarReader,
  key: string,
  range: {
    readonly symbolId: number
    readonly from?: Session
    readonly to?: Session
    readonly dataVersion: number
  },
): Promise<BacktestBars> {
  const read = await store.newest(range, MAX_BACKTEST_BARS + 1)
  if (read.bars.sessions.length > MAX_BACKTEST_BARS) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${key} has more than ${MAX_BACKTEST_BARS} bars up to the last session, the most that a backtest reads; choose an earlier last session`,
    )
  }
  return read
}

/**
 * Plans a backtest over the given bars.
 * @param first the first session to forecast (walk-forward) or the first bar (fixed split); the earliest one if undefined
 * @throws KospigraphError BAD_USER_INPUT where the bars do not suffice, naming the fault and the possible values
 */
export function planBacktest(
  key: string,
  settings: BacktestSettings,
  { bars, flags, breaks }: BacktestBars,
  first: Session | undefined,
): BacktestPlan {
  const broken = new Set(breaks)
  const ledgerBar = (place: number): AccumulatorBar => {
    const [session, open, close, bits] = [
      bars.sessions[place],
      bars.open[place],
      bars.close[place],
      flags[place],
    ]
    if (session === undefined || open === undefined || close === undefined || bits === undefined) {
      throw new RangeError(`${key} has no bar number ${place}.`)
    }
    const isBreak = broken.has(place)
    return { session, open, close, flags: bits, isBreak, traded: (bits & HALT) === 0 && !isBreak }
  }
  const common = (testPlace: number) => ({
    bars,
    breaks,
    ledgerBar,
    testPlace,
    warmUp: () =>
      Array.from({ length: Math.min(testPlace, WARM_UP_BARS) }, (_, place) =>
        ledgerBar(Math.max(0, testPlace - WARM_UP_BARS) + place),
      ),
  })
  if (settings.protocol === 'FIXED_SPLIT') {
    const { recipe, trainSamples } = settings
    const sessions = sampleCountOfBars(bars.sessions.length, recipe)
    if (trainSamples < 1 || trainSamples >= sessions) {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `trainSamples: ${trainSamples} is not between 1 and ${sessions - 1}; the ${bars.sessions.length} bars of ${key} make ` +
          `${Math.max(0, sessions)} samples of recipe ${recipe.name}, and at least one must remain to test`,
      )
    }
    const firstPlace = inputBars(recipe)
    requireUnbroken(key, settings, bars, { breaks, testPlace: firstPlace + trainSamples })
    return {
      protocol: 'FIXED_SPLIT',
      settings,
      sessions,
      folds: 1,
      firstPlace,
      ...common(firstPlace + trainSamples),
    }
  }
  const needed = windowBars(settings.recipe)
  const from = first === undefined ? needed : bars.sessions.findIndex((session) => session >= first)
  requireRoom(key, settings, bars, { from, needed, first })
  const plan = {
    barCount: bars.sessions.length,
    from,
    to: bars.sessions.length - 1,
    refitEvery: settings.refitEvery,
    windowBars: needed,
    mode: settings.window === 'ROLLING' ? ('rolling' as const) : ('expanding' as const),
    breaks,
  }
  return {
    protocol: 'WALK_FORWARD',
    settings,
    sessions: plan.to - from + 1,
    folds: foldCount(plan),
    firstPlace: from,
    foldsFrom: (fold) => skip(walkForward(plan), fold),
    ...common(from),
  }
}

/** The one fit of a fixed split has no other window to choose. */
function requireUnbroken(
  key: string,
  { trainSamples }: FixedSplitSettings,
  { sessions }: BarColumns,
  { breaks, testPlace }: { readonly breaks: readonly number[]; readonly testPlace: number },
): void {
  const broken = breaks.findLast((place) => place < testPlace)
  if (broken === undefined) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `from: the series of ${key} breaks on ${String(sessions[broken])}, inside the bars of the ${trainSamples} training samples; ` +
      `begin at ${String(sessions[broken])} or later, train on fewer samples, or confirm the corporate action behind it`,
  )
}

function requireRoom(
  key: string,
  { recipe }: WalkForwardSettings,
  { sessions }: BarColumns,
  { from, needed, first }: { from: number; needed: number; first: Session | undefined },
): void {
  const earliest = sessions[needed]
  if (earliest === undefined) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${key} has ${sessions.length} bars up to the last session, and recipe ${recipe.name} needs ${needed} before the first ` +
        'session that it forecasts; ingest older bars',
    )
  }
  if (from === -1) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `from: ${key} has no bar at or after ${String(first)}; its newest one here is of ${String(sessions.at(-1))}`,
    )
  }
  if (from < needed) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `from: ${key} has ${from} bars before ${String(sessions[from])}, and recipe ${recipe.name} needs ${needed}; ` +
        `begin at ${earliest} or later, or ingest older bars`,
    )
  }
}

function* skip<Item>(items: Iterable<Item>, count: number): Generator<Item, void, void> {
  let place = 0
  for (const item of items) {
    if (place >= count) yield item
    place += 1
  }
}
