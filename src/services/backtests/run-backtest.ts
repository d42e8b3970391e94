/**
 * Running a backtest: folds become rows and events as they finish, in order, from the last one that is stored.
 *
 * Fits go on while rows are written, and only so many folds wait to be written that a slow database holds the fits back
 * instead of filling the memory.
 */
import { NO_METRICS } from '../../domain/backtests/backtest.js'
import type {
  Backtest,
  BacktestProgress,
  BacktestRow,
  RunningMetrics,
} from '../../domain/backtests/backtest.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { ClaimLostError, MAX_ATTEMPTS } from '../../domain/queue/job.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import type {
  BacktestEngine,
  BacktestWriter,
  ClaimedBacktest,
  DoneFold,
} from '../../db/backtests/backtest-writer.js'
import type { BacktestStore } from '../../db/backtests/backtests.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import { fingerprintBars } from '../../ml/fit/artifact.js'
import { createBacktestAccumulator } from '../../ml/backtests/backtest-accumulator.js'
import type { BacktestAccumulator, BacktestMetrics } from '../../ml/backtests/backtest-accumulator.js'
import type { Engine } from '../../ml/engine/engine.js'
import type { Engines } from '../../ml/engine/engines.js'
import { evaluateForecasts } from '../../ml/metrics/forecast-metrics.js'
import { sampleProblem } from '../../ml/fit/problem.js'
import { newestBars } from '../../ml/samples.js'
import { windowBars } from '../../domain/models/recipe.js'
import { planBacktest, readBacktestBars } from './plan.js'
import type { BacktestPlan } from './plan.js'
import { backtestFolds } from './folds.js'
import type { RowsOfFold } from './folds.js'

/** Rows that one event carries; the others of a long fold are read from the backtest. */
const MAX_EVENT_ROWS = 250
const MAX_WAITING_FOLDS = 256
/** A cancellation takes effect within a second also where one fit takes longer than that. */
const CANCEL_POLL_MS = 400
const ROWS_AT_ONCE = 1_000

export interface RunBacktestOptions {
  readonly signal: AbortSignal
  /** Whether an unexpected error fails the backtest, because nobody will try again. */
  readonly lastAttempt: boolean
}

export interface RunBacktestDeps {
  readonly symbols: SymbolStore
  readonly bars: BarReader
  readonly backtests: BacktestStore
  readonly log: BacktestWriter
  readonly engines: Engines
  readonly calendar: Calendar
  readonly clock: Clock
}

/**
 * @throws KospigraphError ABORTED by the signal, with the backtest left to whoever takes it up next
 */
export type RunBacktest = (id: string, options: RunBacktestOptions) => Promise<void>

/** What stops a run: the worker that stops, or a cancellation, which a write may be the first to learn of. */
interface Stopping {
  readonly signal: AbortSignal
  readonly cancel: () => void
}

/** What a backtest knows once it is under way. */
interface Started {
  readonly claimed: ClaimedBacktest
  readonly symbol: StoredSymbol
  readonly plan: BacktestPlan
  readonly ledger: BacktestAccumulator
  /** All rows so far, for the metrics of the end. */
  readonly rows: BacktestRow[]
}

export function createRunBacktest(deps: RunBacktestDeps): RunBacktest {
  return async (id, { signal, lastAttempt }) => {
    const claimed = await deps.log.claim(id, deps.clock.now())
    if (!claimed) return
    const cancelling = watchCancellation(deps.log, id)
    let started: Started | undefined
    try {
      started = await start(deps, claimed)
      await run(deps, started, {
        signal: AbortSignal.any([signal, cancelling.signal]),
        cancel: cancelling.cancel,
      })
      await end(deps, started, { status: 'SUCCEEDED' })
    } catch (error) {
      // The job belongs to whoever holds the claim now: ending it well would delete it.
      if (error instanceof ClaimLostError) throw error
      if (cancelling.signal.aborted && !signal.aborted) {
        await end(deps, started ?? claimed, { status: 'CANCELLED' })
        return
      }
      const known = error instanceof KospigraphError
      if (signal.aborted || (known && error.code === 'ABORTED') || (!known && !lastAttempt)) throw error
      const { code, message } = known
        ? error
        : {
            code: 'INTERNAL',
            message: `it failed ${MAX_ATTEMPTS} times for reasons that are in the log of the workers`,
          }
      await end(deps, started ?? claimed, { status: 'FAILED', error: { code, message } })
      if (!known) throw error
    } finally {
      cancelling.stop()
    }
  }
}

/** Looks now and then whether somebody wants it cancelled, also while no row is written. */
function watchCancellation(log: BacktestWriter, id: string): Stopping & { readonly stop: () => void } {
  const cancelling = new AbortController()
  const cancel = (): void => cancelling.abort(new KospigraphError('ABORTED', 'the backtest was cancelled'))
  const timer = setInterval(() => {
    // A database that is away shows where rows are written.
    void log.isCancelled(id).then(
      (cancelled) => cancelled && cancel(),
      () => undefined,
    )
  }, CANCEL_POLL_MS)
  return { signal: cancelling.signal, cancel, stop: () => clearInterval(timer) }
}

async function start(deps: RunBacktestDeps, claimed: ClaimedBacktest): Promise<Started> {
  const { backtest } = claimed
  const [symbol] = await deps.symbols.byIds([backtest.symbolId])
  if (!symbol) throw new Error(`symbol ${backtest.symbolId} of backtest ${backtest.id} is not there`)
  const plan = await planOf(deps.bars, backtest, symbol)
  const ledger = accumulatorOf(plan, backtest, symbol, deps.calendar)
  const rows: BacktestRow[] = []
  for (;;) {
    const page = await deps.backtests.rows(backtest.id, {
      limit: ROWS_AT_ONCE,
      fromEnd: false,
      before: undefined,
      after: rows.at(-1)?.ordinal,
    })
    for (const row of page.items) {
      // What is stored is what the ledger would say again: it only learns from it.
      if (row.part === 'TEST') ledger.add(plan.ledgerBar(plan.firstPlace + row.ordinal), row)
      rows.push(row)
    }
    if (!page.hasNextPage) return { claimed, symbol, plan, ledger, rows }
  }
}

/** The plan over the very bars that it was asked for with. */
export async function planOf(
  store: BarReader,
  backtest: Backtest,
  symbol: StoredSymbol,
): Promise<BacktestPlan> {
  const { settings, fromSession, toSession, dataVersion } = backtest
  const read = await readBacktestBars(store, symbol.code, {
    symbolId: symbol.id,
    to: toSession,
    dataVersion,
    ...(settings.protocol === 'FIXED_SPLIT' && { from: fromSession }),
  })
  if (fingerprintBars(read.bars) !== backtest.fingerprint) {
    throw new KospigraphError(
      'NOT_REPRODUCIBLE',
      `the bars of ${symbol.code} under data version ${dataVersion} are not those that the backtest was asked for with: ` +
        'somebody has changed the database behind its back',
    )
  }
  return planBacktest(symbol.code, settings, read, fromSession)
}

export function accumulatorOf(
  plan: BacktestPlan,
  { settings }: Backtest,
  symbol: StoredSymbol,
  calendar: Calendar,
): BacktestAccumulator {
  const { strategy } = settings
  return createBacktestAccumulator(
    { strategy, symbol, calendar },
    plan.warmUp(),
    plan.testPlace - plan.firstPlace,
  )
}

async function run(deps: RunBacktestDeps, started: Started, { signal, cancel }: Stopping): Promise<void> {
  const { claimed, symbol, plan, ledger, rows } = started
  const { backtest } = claimed
  signal.throwIfAborted()
  const { engine, chosen } = await chooseEngine(deps.engines, backtest, plan, signal)
  await deps.log.chose(claimed, chosen)
  const writer = createWriter(deps, claimed, { signal, cancel })
  let { doneFolds } = backtest
  try {
    const folds = backtestFolds(engine, { plan, backtest, key: symbol.code, ledger, signal })
    for await (const fold of folds) {
      if (fold.lossCurve) await deps.log.setLossCurve(claimed, fold.lossCurve)
      rows.push(...fold.rows)
      doneFolds += 1
      await writer.add(progressOf(fold, doneFolds, rows.length, ledger.running()), fold.rows)
    }
  } finally {
    await writer.end()
  }
  writer.throwIfFailed()
}

/** A backtest that goes on does so on the engine that it began with. */
async function chooseEngine(
  engines: Engines,
  { doneFolds, engine: begun, engineVersion, settings }: Backtest,
  plan: BacktestPlan,
  signal: AbortSignal,
): Promise<{ readonly engine: Engine; readonly chosen: BacktestEngine }> {
  const { recipe } = settings
  const { engine, reason } =
    doneFolds > 0 && begun === 'wasm'
      ? { engine: engines.wasm, reason: 'it goes on where another worker began' }
      : await engines.choose({
          fits: plan.folds * recipe.members,
          sample: () =>
            sampleProblem({
              key: recipe.name,
              recipe,
              seed: settings.seed,
              bars: newestBars(plan.bars, Math.min(plan.bars.sessions.length, windowBars(recipe))),
            }),
          signal,
        })
  if (doneFolds > 0 && engineVersion !== engine.version) {
    throw new KospigraphError(
      'ENGINE_FAILED',
      `it began on engine ${String(engineVersion)} and this worker has ${engine.version}, whose numbers would not match; start it anew`,
    )
  }
  const chosen = {
    engine: engine.name,
    engineVersion: engine.version,
    device: engine.device,
    engineReason: reason,
  }
  return { engine, chosen }
}

function progressOf(
  { fold, rows, failure }: RowsOfFold,
  doneFolds: number,
  doneSessions: number,
  metrics: RunningMetrics,
): BacktestProgress & { readonly fold: number } {
  return {
    status: 'RUNNING',
    fold,
    foldFailure: failure,
    rows: rows.slice(0, MAX_EVENT_ROWS),
    doneFolds,
    doneSessions,
    metrics,
  }
}

interface FoldWriter {
  /** Waits only where too many folds wait already. */
  add(progress: BacktestProgress, rows: readonly BacktestRow[]): Promise<void>
  /** Waits until what was added is written, or could not be. */
  end(): Promise<void>
  throwIfFailed(): void
}

/** One write at a time, each with all folds that have come meanwhile. */
function createWriter(
  deps: RunBacktestDeps,
  claimed: ClaimedBacktest,
  { signal, cancel }: Stopping,
): FoldWriter {
  let waiting: DoneFold[] = []
  let writing: Promise<void> | undefined
  let failure: Error | undefined
  const write = async (): Promise<void> => {
    while (waiting.length > 0 && failure === undefined) {
      const batch = waiting
      waiting = []
      const goOn = await deps.log.addFolds(claimed, batch, deps.clock.now())
      if (goOn) continue
      cancel()
      signal.throwIfAborted()
    }
  }
  const throwIfFailed = (): void => {
    if (failure !== undefined) throw failure
  }
  return {
    async add(progress, rows) {
      throwIfFailed()
      waiting.push({ progress, rows })
      writing ??= write()
        .catch((error: unknown) => {
          failure = error instanceof Error ? error : new Error(String(error))
        })
        .finally(() => (writing = undefined))
      if (waiting.length >= MAX_WAITING_FOLDS) await writing
      signal.throwIfAborted()
      throwIfFailed()
    },
    async end() {
      await writing
    },
    throwIfFailed,
  }
}

interface End {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  readonly error?: { readonly code: string; readonly message: string }
}

/** @param from what is known: of one that failed before it was under way, only the claim */
async function end(
  deps: RunBacktestDeps,
  from: Started | ClaimedBacktest,
  { status, error }: End,
): Promise<void> {
  const started = 'plan' in from ? from : undefined
  const claimed = started?.claimed ?? (from as ClaimedBacktest)
  // What is stored, which after a cancellation may be less than what was computed.
  const stored = await deps.backtests.byId(claimed.backtest.id)
  const doneFolds = stored?.doneFolds ?? 0
  const doneSessions = stored?.doneSessions ?? 0
  const rows = started?.rows.slice(0, doneSessions) ?? []
  const final = started && finalMetrics(started, deps.calendar, rows)
  await deps.log.end(claimed, {
    status,
    ...(error && { error }),
    metrics: final?.metrics ?? null,
    progress: {
      status,
      fold: null,
      foldFailure: null,
      rows: [],
      doneFolds,
      doneSessions,
      metrics: final?.running ?? NO_METRICS,
    },
    at: deps.clock.now(),
  })
}

/** Over the rows that are stored, whatever else the ledger has seen. */
function finalMetrics(
  { claimed, plan, symbol }: Started,
  calendar: Calendar,
  rows: readonly BacktestRow[],
): { readonly metrics: BacktestMetrics; readonly running: RunningMetrics } {
  const ledger = accumulatorOf(plan, claimed.backtest, symbol, calendar)
  for (const row of rows) {
    if (row.part === 'TEST') ledger.add(plan.ledgerBar(plan.firstPlace + row.ordinal), row)
  }
  const training = rows.flatMap(({ part, predictedClose, actualClose, previousClose, saturated }) =>
    part === 'TRAIN' && predictedClose !== null
      ? [{ predicted: predictedClose, actual: actualClose, previous: previousClose, saturated }]
      : [],
  )
  return {
    metrics: {
      ...ledger.finish(),
      training: training.length === 0 ? null : evaluateForecasts(training),
    },
    running: ledger.running(),
  }
}
