/** `kospigraph backtest`: starts one or follows one, live, and ends in what it came to. */
import { access, constants, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Backtest, BacktestRow } from '../../domain/backtests/backtest.js'
import { hasEnded } from '../../domain/backtests/backtest.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Session } from '../../domain/calendar/session.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { KospigraphError, messageOf } from '../../errors.js'
import type { BacktestEvent, Backtests } from '../../services/backtests/backtests.js'
import type { CertifyBacktest } from '../../services/backtests/certify-backtest.js'
import type { StartBacktest, StartBacktestRequest } from '../../services/backtests/start-backtest.js'
import type { MarketData } from '../../services/bars/market-data.js'
import { certificateLines, nameOf, reportLines } from './backtest-report.js'
import { plotBacktest } from './backtest-plot.js'
import { createTimeLeft, duration } from '../terminal/time-left.js'
import { count } from '../terminal/terminal.js'
import type { Progress } from '../terminal/progress.js'
import type { Terminal } from '../terminal/terminal.js'

/** `99 min left, skill -0.123, net +123.4 %` */
const DETAILS_COLUMNS = 40
const QUEUE_POLL_MS = 1_000
/** A worker that is alive ends a backtest within a second. */
const CANCEL_LIMIT_MS = 5_000

export interface BacktestServices {
  readonly startBacktest: StartBacktest
  readonly backtests: Backtests
  readonly certifyBacktest: CertifyBacktest
  readonly market: MarketData
  /** Lets this process take backtests from the queue. */
  readonly work: () => Promise<unknown>
}

export interface BacktestOptions {
  /** One to start, or the id of one to follow, which Ctrl-C leaves running. */
  readonly what: StartBacktestRequest | { readonly follow: string }
  readonly certify: Session | undefined
  /** Where pictures go. */
  readonly plot: string | undefined
  readonly signal: AbortSignal
}

/**
 * @returns the exit code: 1 where the backtest failed or is not certified
 * @throws KospigraphError ABORTED by the signal, with what is done printed and kept
 */
export async function runBacktestCommand(
  services: BacktestServices,
  terminal: Terminal,
  options: BacktestOptions,
): Promise<0 | 1> {
  const { what, plot, signal } = options
  if (plot !== undefined) await requirePlace(plot)
  const own = !('follow' in what)
  const begun = own ? await services.startBacktest(what) : await required(services.backtests, what.follow)
  if (own) await services.work()
  const symbol = await symbolOf(services.market, begun)
  await follow(services.backtests, terminal, { begun, symbol, own, signal })
  const backtest = await required(services.backtests, begun.id)
  if (!hasEnded(backtest)) {
    terminal.note(
      own
        ? `The backtest is to be cancelled; no worker has done so yet. What is done is kept as ${backtest.id}.`
        : `The backtest goes on: kospigraph backtest --follow ${backtest.id}`,
    )
    signal.throwIfAborted()
    throw new KospigraphError('ABORTED', 'the database told nothing more of it')
  }
  const [[metrics = null], rows] = await Promise.all([
    services.backtests.metrics([backtest.id]),
    allRows(services.backtests, backtest.id),
  ])
  for (const line of reportLines({ backtest, symbol, metrics, rows })) terminal.print(line)
  if (plot !== undefined) await draw(terminal, plot, { backtest, symbol, rows })
  if (backtest.status === 'FAILED') {
    terminal.note(`${backtest.errorCode ?? 'FAILED'}: ${backtest.errorMessage ?? 'no reason was recorded'}`)
    return 1
  }
  if (backtest.status === 'CANCELLED') {
    terminal.note(
      `Cancelled after ${count(backtest.doneSessions)} of ${count(backtest.sessions)} sessions, which are kept.`,
    )
  }
  signal.throwIfAborted()
  if (backtest.status === 'CANCELLED') return 1
  return options.certify === undefined ? 0 : certify(services, terminal, backtest.id, options.certify, signal)
}

async function certify(
  { certifyBacktest }: BacktestServices,
  terminal: Terminal,
  id: string,
  session: Session,
  signal: AbortSignal,
): Promise<0 | 1> {
  terminal.note(`Certifying: again, with other prices in every bar after ${session}`)
  const certificate = await certifyBacktest(id, session, signal)
  for (const line of certificateLines(certificate)) terminal.print(line)
  return certificate.passed ? 0 : 1
}

interface Following {
  readonly begun: Backtest
  readonly symbol: StoredSymbol
  /** Whether it is this command's, which cancels it when it is stopped. */
  readonly own: boolean
  readonly signal: AbortSignal
}

/** Until it ends; stopped, until the cancellation shows, or at once where it belongs to somebody else. */
async function follow(
  backtests: Backtests,
  terminal: Terminal,
  { begun, symbol, own, signal }: Following,
): Promise<void> {
  const { id, sessions } = begun
  const bar = await terminal.progress(nameOf(begun, symbol), sessions, 'sessions', DETAILS_COLUMNS)
  const events = backtests.follow(id, 0)
  const leave = (): void => void events.return?.()
  let failure: Error | undefined
  let timer: NodeJS.Timeout | undefined
  const onAbort = (): void => {
    if (!own) {
      leave()
      return
    }
    timer = setTimeout(leave, CANCEL_LIMIT_MS)
    backtests.cancel(id).catch((error: unknown) => {
      failure = error instanceof Error ? error : new Error(messageOf(error))
      leave()
    })
  }
  const waiting = watchQueue(backtests, id, bar)
  const timeLeft = createTimeLeft(sessions)
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    for await (const event of events) {
      waiting.stop()
      bar.update(event.doneSessions, details(event, sessions, timeLeft(event.doneSessions)))
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    waiting.stop()
    clearTimeout(timer)
    bar.stop()
  }
  if (failure !== undefined) throw failure
}

/** Says that nothing happens yet, until something does. */
function watchQueue(backtests: Backtests, id: string, bar: Progress): { readonly stop: () => void } {
  let stopped = false
  const look = async (): Promise<void> => {
    // A database that is away shows where events are read.
    const found = await backtests.backtest(id).catch(() => undefined)
    if (!stopped && found?.status === 'QUEUED') bar.update(0, 'waiting for a worker')
  }
  const timer = setInterval(() => void look(), QUEUE_POLL_MS)
  return {
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}

function details(
  { doneSessions, metrics: { skill, netReturn } }: BacktestEvent,
  sessions: number,
  secondsLeft: number | undefined,
): string {
  const left = secondsLeft === undefined || doneSessions >= sessions ? [] : [`${duration(secondsLeft)} left`]
  const known = skill === null ? [] : [`skill ${skill.toFixed(3)}`]
  const net = `net ${netReturn < 0 ? '' : '+'}${(netReturn * 100).toFixed(1)} %`
  return [...left, ...known, net].join(', ')
}

async function required(backtests: Backtests, id: string): Promise<Backtest> {
  const found = await backtests.backtest(id.toLowerCase())
  if (found) return found
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `--follow: there is no backtest "${sanitizeText(id)}"; the query backtests lists them`,
  )
}

async function symbolOf(market: MarketData, { id, symbolId }: Backtest): Promise<StoredSymbol> {
  const [symbol] = await market.symbolsById([symbolId])
  if (!symbol) throw new Error(`symbol ${symbolId} of backtest ${id} is not there`)
  return symbol
}

async function allRows(backtests: Backtests, id: string): Promise<BacktestRow[]> {
  const rows: BacktestRow[] = []
  for await (const page of backtests.allRows(id)) rows.push(...page)
  return rows
}

/** Told before the minutes that a backtest takes, not after. */
async function requirePlace(file: string): Promise<void> {
  if (path.extname(file).toLowerCase() !== '.svg') {
    throw new KospigraphError('BAD_USER_INPUT', `--plot: ${sanitizeText(file)} does not end in .svg`)
  }
  await access(path.dirname(path.resolve(file)), constants.W_OK).catch((cause: unknown) => {
    throw cannotWrite(file, cause)
  })
}

async function draw(
  terminal: Terminal,
  file: string,
  { backtest, symbol, rows }: { backtest: Backtest; symbol: StoredSymbol; rows: readonly BacktestRow[] },
): Promise<void> {
  const picture = plotBacktest({ backtest, symbol, rows })
  if (picture === undefined) {
    terminal.note(`${file} is not drawn: no session was done.`)
    return
  }
  await writeFile(file, picture).catch((cause: unknown) => {
    throw cannotWrite(file, cause)
  })
  terminal.note(`Drawn: ${file}`)
}

function cannotWrite(file: string, cause: unknown): KospigraphError {
  return new KospigraphError(
    'BAD_USER_INPUT',
    `--plot: ${sanitizeText(file)} cannot be written: ${messageOf(cause)}`,
    { cause },
  )
}
