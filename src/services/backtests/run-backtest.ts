/**
 * Runs a queued or interrupted backtest: stores rows and events as folds finish, in order, after the folds stored before.
 *
 * Fits continue while rows are written. The number of folds that wait to be written is bounded, so a slow database slows
 * the fits instead of filling the memory.
 */
import { NO_METRICS } from '../../domain/backtests/backtest.js'
import type {
  Backtest,
  BacktestProgress,
  BacktestRow,
  RunningMetrics,
} from '../../domain/backtests/backtest.js'
import { TRADING_RULES, tradingRulesOf, tradingSettings } from '../../domain/backtests/trading-settings.js'
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

/** Most rows in one event; clients read the rest of a long fold from the backtest. */
const MAX_EVENT_ROWS = 250
const MAX_WAITING_FOLDS = 256
/** Short enough for a cancellation to take effect within a second, also during a long fit. */
const CANCEL_POLL_MS = 400
/** Stored rows that are read at a time. */
export const ROWS_AT_ONCE = 1_000

export interface RunBacktestOptions {
  readonly signal: AbortSignal
  /** Whether an unexpected error fails the backtest, because the job is not retried. */
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
 * Runs the backtest to its end; does nothing where it does not exist or has ended.
 * @throws KospigraphError ABORTED where the signal ends it; another worker can resume it
 * @throws ClaimLostError where another worker has claimed it
 */
export type RunBacktest = (id: string, options: RunBacktestOptions) => Promise<void>

/** Stops a run when the worker stops or the backtest is cancelled; `cancel` is for a write that detects a cancellation. */
interface Stopping {
  readonly signal: AbortSignal
  readonly cancel: () => void
}

/** A claimed backtest with its plan and the rows so far. */
interface Started {
  readonly claimed: ClaimedBacktest
  readonly symbol: StoredSymbol
  readonly plan: BacktestPlan
  readonly ledger: BacktestAccumulator
  /** All rows so far, for the final metrics. */
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
      // The job belongs to the new claimant; succeeding here would delete it.
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
            message: `it failed ${MAX_ATTEMPTS} times; the logs of the workers have the errors`,
          }
      await end(deps, started ?? claimed, { status: 'FAILED', error: { code, message } })
      if (!known) throw error
    } finally {
      cancelling.stop()
    }
  }
}

/** Polls for a cancellation, also while no row is written. */
function watchCancellation(log: BacktestWriter, id: string): Stopping & { readonly stop: () => void } {
  const cancelling = new AbortController()
  const cancel = (): void => cancelling.abort(new KospigraphError('ABORTED', 'the backtest was cancelled'))
  const timer = setInterval(() => {
    // Writing rows reports an unreachable database.
    void log.isCancelled(id).then(
      (cancelled) => cancelled && cancel(),
      () => undefined,
    )
  }, CANCEL_POLL_MS)
  return { signal: cancelling.signal, cancel, stop: () => clearInterval(timer) }
}

async function start(deps: RunBacktestDeps, claimed: ClaimedBacktest): Promise<Started> {
  const { backtest } = claimed
  if (backtest.doneFolds > 0) requireTradingRules(backtest)
  const [symbol] = await deps.symbols.byIds([backtest.symbolId])
  if (!symbol) throw new Error(`symbol ${backtest.symbolId} of backtest ${backtest.id} does not exist`)
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
      // Rebuild the accumulator's state from stored rows; it would compute the same values again.
      if (row.part === 'TEST') ledger.add(plan.ledgerBar(plan.firstPlace + row.ordinal), row)
      rows.push(row)
    }
    if (!page.hasNextPage) return { claimed, symbol, plan, ledger, rows }
  }
}

/** @throws KospigraphError NOT_REPRODUCIBLE where its rows were computed under other rules of trading than this program's */
export function requireTradingRules({ settings }: Backtest): void {
  const rules = tradingRulesOf(settings)
  if (rules === TRADING_RULES) return
  throw new KospigraphError(
    'NOT_REPRODUCIBLE',
    `its orders were computed under version ${rules} of the rules of trading, and this program has ${TRADING_RULES}; start a new backtest`,
  )
}

/**
 * Plans a stored backtest over the bars of its data version.
 * @throws KospigraphError NOT_REPRODUCIBLE where those bars do not match its fingerprint
 */
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
      `the bars of ${symbol.code} in data version ${dataVersion} differ from those of the request: ` +
        'they were changed directly in the database; start a new backtest',
    )
  }
  return planBacktest(symbol.code, settings, read, fromSession)
}

/** @returns an accumulator at the start of the test part */
export function accumulatorOf(
  plan: BacktestPlan,
  { settings }: Backtest,
  symbol: StoredSymbol,
  calendar: Calendar,
): BacktestAccumulator {
  const { strategy, trading } = settings
  return createBacktestAccumulator(
    { strategy, trading: trading ?? tradingSettings(symbol), calendar },
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

/** Chooses the engine; a resumed backtest keeps the one that it started on. */
async function chooseEngine(
  engines: Engines,
  { doneFolds, engine: begun, engineVersion, settings }: Backtest,
  plan: BacktestPlan,
  signal: AbortSignal,
): Promise<{ readonly engine: Engine; readonly chosen: BacktestEngine }> {
  const { recipe } = settings
  const { engine, reason } =
    doneFolds > 0 && begun === 'wasm'
      ? { engine: engines.wasm, reason: 'the backtest resumes on the engine that it started on' }
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
      `it started on engine ${String(engineVersion)}, and this worker has ${engine.version}, whose numbers would not match; start a new backtest`,
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
  /** Queues a fold; waits only where {@link MAX_WAITING_FOLDS} are queued. @throws the error of an earlier write */
  add(progress: BacktestProgress, rows: readonly BacktestRow[]): Promise<void>
  /** Resolves once every queued fold is written or a write has failed. */
  end(): Promise<void>
  throwIfFailed(): void
}

/** Writes one batch at a time, with all folds queued meanwhile. */
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

/** @param from only the claim, where the backtest failed before it was planned */
async function end(
  deps: RunBacktestDeps,
  from: Started | ClaimedBacktest,
  { status, error }: End,
): Promise<void> {
  const started = 'plan' in from ? from : undefined
  const claimed = started?.claimed ?? (from as ClaimedBacktest)
  // After a cancellation, fewer rows may be stored than were computed.
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

/** Computes the metrics of the stored rows only; the running accumulator may have seen more. */
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
