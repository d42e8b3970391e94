/**
 * Certifies that a backtest has no look-ahead leak. It reruns the backtest on a copy of the bars in which every bar after a
 * session is corrupted. Every row up to the session must equal the stored one byte for byte; a row that was computed
 * from any later bar would differ.
 */
import type { Backtest, BacktestRow, LeakCertificate } from '../../domain/backtests/backtest.js'
import { hasEnded } from '../../domain/backtests/backtest.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { isId } from '../../domain/id.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Session } from '../../domain/calendar/session.js'
import type { BacktestStore } from '../../db/backtests/backtests.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import { corruptAfter } from '../../ml/backtests/corrupt-future.js'
import type { Engine } from '../../ml/engine/engine.js'
import type { Engines } from '../../ml/engine/engines.js'
import { backtestFolds } from './folds.js'
import { planBacktest } from './plan.js'
import type { BacktestPlan } from './plan.js'
import { accumulatorOf, planOf, requireTradingRules, ROWS_AT_ONCE } from './run-backtest.js'

export type CertifyBacktest = (id: string, session: Session, signal?: AbortSignal) => Promise<LeakCertificate>

export interface CertifyDeps {
  readonly symbols: SymbolStore
  readonly bars: BarReader
  readonly backtests: BacktestStore
  readonly engines: Engines
  readonly calendar: Calendar
  readonly clock: Clock
}

/**
 * Reruns a backtest up to a session, compares the rows and stores the certificate.
 * @throws KospigraphError BAD_USER_INPUT where the backtest or session cannot be certified, ENGINE_FAILED where this program
 * has another engine than the backtest
 */
export function createCertifyBacktest(deps: CertifyDeps): CertifyBacktest {
  return async (id, session, signal = new AbortController().signal) => {
    const backtest = isId(id) ? await deps.backtests.byId(id) : undefined
    if (!backtest) refuse(`id: there is no backtest "${sanitizeText(id)}"; backtests lists them`)
    const [symbol] = await deps.symbols.byIds([backtest.symbolId])
    if (!symbol) throw new Error(`symbol ${backtest.symbolId} of backtest ${id} does not exist`)
    const engine = engineOf(deps.engines, backtest)
    requireTradingRules(backtest)
    const plan = await planOf(deps.bars, backtest, symbol)
    const place = requireSession(backtest, plan, session)
    const startedMs = performance.now()

    const { fromSession, settings } = backtest
    const bars = corruptAfter(plan.bars, place)
    const flags = plan.bars.sessions.map((_, at) => (at > place ? 0 : plan.ledgerBar(at).flags))
    // Corrupted prices break nothing: the plan of the sessions compared stays that of the backtest.
    const breaks = plan.breaks.filter((at) => at <= place)
    const corrupted = planBacktest(
      symbol.code,
      settings,
      { bars, flags, breaks, dataVersion: 0 },
      fromSession,
    )
    const rerun = rowsUpTo(engine, corrupted, { backtest, key: symbol.code, session, signal }, () =>
      accumulatorOf(corrupted, backtest, symbol, deps.calendar),
    )
    const compared = await compare(deps.backtests, backtest, rerun)
    return deps.backtests.addCertificate({
      backtestId: id,
      session,
      passed: compared.difference === null,
      corruptedBars: bars.sessions.length - 1 - place,
      comparedRows: compared.rows,
      firstDifference: compared.difference?.session ?? null,
      differingField: compared.difference?.field ?? null,
      engineVersion: engine.version,
      durationMs: performance.now() - startedMs,
      at: deps.clock.now(),
    })
  }
}

function engineOf(engines: Engines, { engine, engineVersion }: Backtest): Engine {
  if (engine === 'wasm' && engineVersion === engines.wasm.version) return engines.wasm
  throw new KospigraphError(
    'ENGINE_FAILED',
    engine === null
      ? 'the backtest has not begun, so there is nothing to certify yet'
      : `only a rerun on the same engine can be compared byte for byte: the backtest ran on ${String(engineVersion)}, and ` +
          `this program has ${engines.wasm.version}; start a new backtest`,
  )
}

/** @returns the index of the session among the bars */
function requireSession(backtest: Backtest, plan: BacktestPlan, session: Session): number {
  if (!hasEnded(backtest)) refuse('id: the backtest has not ended yet; certify it when it has')
  const place = plan.bars.sessions.indexOf(session)
  const [first, last] = [plan.firstPlace, plan.firstPlace + backtest.doneSessions - 1]
  const from = plan.protocol === 'FIXED_SPLIT' ? plan.testPlace - 1 : first
  if (place >= from && place < last) return place
  const range = [plan.bars.sessions[from], plan.bars.sessions[last - 1]]
  const why =
    plan.protocol === 'FIXED_SPLIT'
      ? 'from the end of the training on'
      : 'of the backtest, with one after it to corrupt'
  refuse(
    `session: ${session} is not a session ${why}; choose one from ${String(range[0])} to ${String(range[1])}`,
  )
}

function refuse(message: string): never {
  throw new KospigraphError('BAD_USER_INPUT', message)
}

/** Yields the rows up to the session and stops at the first later one. */
async function* rowsUpTo(
  engine: Engine,
  plan: BacktestPlan,
  request: {
    readonly backtest: Backtest
    readonly key: string
    readonly session: Session
    readonly signal: AbortSignal
  },
  createBacktestAccumulator: () => ReturnType<typeof accumulatorOf>,
): AsyncGenerator<BacktestRow, void, void> {
  const { backtest, key, session, signal } = request
  const { settings } = backtest
  const folds = backtestFolds(engine, {
    plan,
    key,
    signal,
    backtest: { settings, doneFolds: 0 },
    ledger: createBacktestAccumulator(),
  })
  for await (const { rows } of folds) {
    for (const row of rows) {
      if (row.session > session) return
      yield row
    }
  }
}

async function compare(
  store: BacktestStore,
  { id }: Backtest,
  rerun: AsyncIterable<BacktestRow>,
): Promise<{
  readonly rows: number
  readonly difference: { readonly session: Session; readonly field: string } | null
}> {
  let rows = 0
  let stored: readonly BacktestRow[] = []
  for await (const row of rerun) {
    if (rows % ROWS_AT_ONCE === 0) {
      const page = { limit: ROWS_AT_ONCE, fromEnd: false, before: undefined, after: row.ordinal - 1 }
      stored = (await store.rows(id, page)).items
    }
    const field = differingField(stored[rows % ROWS_AT_ONCE], row)
    rows += 1
    if (field !== undefined) return { rows, difference: { session: row.session, field } }
  }
  return { rows, difference: null }
}

/** @returns the first field that differs; `Object.is` also distinguishes 0 from -0 */
function differingField(stored: BacktestRow | undefined, rerun: BacktestRow): string | undefined {
  if (!stored) return 'ordinal'
  return Object.entries(rerun).find(
    ([field, value]) => !Object.is(stored[field as keyof BacktestRow], value),
  )?.[0]
}
