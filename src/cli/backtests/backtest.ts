/** `kospigraph backtest`: starts or follows a backtest, shows its progress, and prints its results. */
import { access, constants, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Backtest, BacktestRow, LeakCertificate } from '../../domain/backtests/backtest.js'
import { hasEnded } from '../../domain/backtests/backtest.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Session } from '../../domain/calendar/session.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { KospigraphError, messageOf } from '../../errors.js'
import type { BacktestEvent, Backtests } from '../../services/backtests/backtests.js'
import type { CertifyBacktest } from '../../services/backtests/certify-backtest.js'
import type { StartBacktest, StartBacktestRequest } from '../../services/backtests/start-backtest.js'
import type { MarketData } from '../../services/bars/market-data.js'
import { backtestJson, certificateJson } from './backtest-json.js'
import { certificateLines, nameOf, reportLines } from './backtest-report.js'
import { plotBacktest } from './backtest-plot.js'
import { createTimeLeft, duration } from '../terminal/time-left.js'
import { count } from '../terminal/numbers.js'
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
        ? `The cancellation waits for a worker. The sessions done so far are kept as ${backtest.id}.`
        : `It continues: kospigraph backtest --follow ${backtest.id}`,
    )
    signal.throwIfAborted()
    throw new KospigraphError(
      'ABORTED',
      `the database sent no further progress of backtest ${backtest.id}; follow it with --follow ${backtest.id}`,
    )
  }
  const [[metrics = null], rows] = await Promise.all([
    services.backtests.metrics([backtest.id]),
    allRows(services.backtests, backtest.id),
  ])
  terminal.print(reportLines({ backtest, symbol, metrics, rows }))
  const isDrawn = plot !== undefined && (await draw(terminal, plot, { backtest, symbol, rows }))
  const result = (certificate: LeakCertificate | null): void =>
    terminal.result({
      backtest: backtestJson(symbol.code, backtest),
      metrics,
      certificate: certificate && certificateJson(certificate),
      plot: isDrawn ? plot : null,
      ...(backtest.status === 'FAILED' && { error: failureOf(backtest) }),
    })
  if (backtest.status === 'FAILED') {
    result(null)
    const { code, message } = failureOf(backtest)
    terminal.note(`${code}: ${message}`)
    return 1
  }
  if (backtest.status === 'CANCELLED') {
    result(null)
    terminal.note(
      `Cancelled after ${count(backtest.doneSessions)} of ${count(backtest.sessions)} sessions, which are kept.`,
    )
    signal.throwIfAborted()
    return 1
  }
  signal.throwIfAborted()
  if (options.certify === undefined) {
    result(null)
    return 0
  }
  terminal.note(`Certifying: running again with other prices in every bar after ${options.certify}`)
  const certificate = await services.certifyBacktest(backtest.id, options.certify, signal)
  terminal.print(certificateLines(certificate))
  result(certificate)
  return certificate.passed ? 0 : 1
}

function failureOf({ errorCode, errorMessage }: Backtest): {
  readonly code: string
  readonly message: string
} {
  return { code: errorCode ?? 'FAILED', message: errorMessage ?? 'no reason was recorded' }
}

interface Following {
  readonly begun: Backtest
  readonly symbol: StoredSymbol
  /** Whether this command started it, and cancels it when stopped. */
  readonly own: boolean
  readonly signal: AbortSignal
}

/** Follows it to its end; when stopped, until an own backtest is cancelled, or at once where it was started elsewhere. */
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

/** Shows that the backtest waits for a worker, until the first event arrives. */
function watchQueue(backtests: Backtests, id: string, bar: Progress): { readonly stop: () => void } {
  let stopped = false
  const look = async (): Promise<void> => {
    // A lost database is reported where events are read.
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
    `--follow: there is no backtest "${sanitizeText(id)}"; "kospigraph backtests" lists them`,
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

/** Checked before the minutes that a backtest takes, not after. */
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
): Promise<boolean> {
  const picture = plotBacktest({ backtest, symbol, rows })
  if (picture === undefined) {
    terminal.note(`${file} is not drawn: no session was done.`)
    return false
  }
  await writeFile(file, picture).catch((cause: unknown) => {
    throw cannotWrite(file, cause)
  })
  terminal.note(`Drawn: ${file}`)
  return true
}

function cannotWrite(file: string, cause: unknown): KospigraphError {
  return new KospigraphError(
    'BAD_USER_INPUT',
    `--plot: ${sanitizeText(file)} cannot be written: ${messageOf(cause)}`,
    { cause },
  )
}
