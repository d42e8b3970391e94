/** `kospigraph sync`: fetches bars from the configured providers: one line a symbol, and a remedy for every failure. */
import type { SyncFailureCode } from '../../domain/bars/sync-attempt.js'
import type { SyncBars, SyncRequest, SyncedSymbol } from '../../services/sync/sync-bars.js'
import { PROSE_COLUMNS, wrap } from '../terminal/layout.js'
import { count, counted } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'

const CODE_COLUMNS = 8
const INDENT = ' '.repeat(CODE_COLUMNS)
const SHOWN_PROBLEMS = 5
/** Problems of each symbol in the JSON result; all are kept with the delivery. */
const MAX_JSON_PROBLEMS = 20

export interface SyncOptions extends Pick<SyncRequest, 'symbols' | 'from'> {
  readonly full: boolean
  readonly acceptAdjustments: boolean
  readonly signal: AbortSignal
}

/** Remedy for each failure, printed once however many symbols have it. */
const ADVICE: Readonly<Record<SyncFailureCode, string>> = {
  UNREACHABLE: "check this machine's network, and YAHOO_URL or NAVER_URL where they are set",
  TIMEOUT: 'try again later; the vendor is slow or the network is',
  THROTTLED: 'wait an hour and sync fewer symbols at once with --symbol',
  SERVER_ERROR: "try again later; the failure is the vendor's",
  REFUSED: 'the vendor does not serve this machine; put another provider into PROVIDERS',
  TOO_LARGE: 'ask for less with --from, or take files in with "kospigraph ingest"',
  CHANGED_FORMAT: 'the vendor answers differently than it used to; use another provider until an update',
  UNKNOWN_SYMBOL:
    'check the code; for csv, put a file named after it into CSV_FOLDER; leave a symbol out with CODE=none in PROVIDERS',
  NO_BARS: 'check the code, and ask for earlier sessions with --from or --full',
  BAD_FILE: 'correct or remove the file; "kospigraph ingest" has options for what it leaves open',
  NOT_ASKED: 'see why the provider failed before, and sync again later',
  REJECTED: 'look at the rows above; nothing that was stored has changed',
  BACK_ADJUSTMENT: 'check that it split, then sync that symbol with --accept-adjustments',
  DEFECT: 'this is a defect of Kospigraph: report it with the log',
}

/** @returns the exit code: 1 where a symbol failed */
export async function runSync(syncBars: SyncBars, terminal: Terminal, options: SyncOptions): Promise<0 | 1> {
  const { symbols: asked, from, full, acceptAdjustments, signal } = options
  const begun = performance.now()
  const { symbols, toSession } = await syncBars({
    symbols: asked,
    from,
    full,
    acceptAdjustments,
    signal,
    onSymbol: (synced) => reportSymbol(synced, terminal),
  })
  const seconds = (performance.now() - begun) / 1_000
  const failed = symbols.filter(({ status }) => status === 'FAILED').length
  const behind = symbols.filter(({ status, upToDate }) => status !== 'FAILED' && !upToDate).length
  const sum = (of: (symbol: SyncedSymbol) => number): string =>
    count(symbols.reduce((total, symbol) => total + of(symbol), 0))
  const counts = [
    `${sum(({ stored }) => stored)} new`,
    `${sum(({ corrected }) => corrected)} corrected`,
    ...(behind > 0 ? [`${count(behind)} behind`] : []),
    `${count(failed)} failed`,
  ]
  const line = `${counted(symbols.length, 'symbol')} to ${toSession} in ${seconds.toFixed(1)} s: ${counts.join(', ')}.`
  terminal.print(wrap(line, terminal.proseColumns, '  '))
  advise(symbols, terminal)
  terminal.result({ toSession, seconds, failed, behind, symbols: symbols.map(syncedJson) })
  return failed > 0 ? 1 : 0
}

function reportSymbol(synced: SyncedSymbol, terminal: Terminal): void {
  const { code, status, stored, corrected, dropped, rejected, lastSession, upToDate, attempts } = synced
  const by = attempts.filter((one) => one.status !== 'FAILED').map(({ provider }) => provider)
  const counts = [
    ...(stored > 0 ? [`${count(stored)} new`] : []),
    ...(corrected > 0 ? [`${count(corrected)} corrected`] : []),
    ...(dropped > 0 ? [`${count(dropped)} dropped`] : []),
    ...(rejected > 0 ? [`${count(rejected)} rejected`] : []),
  ]
  const what = counts.length > 0 ? counts.join(', ') : 'nothing new'
  const until =
    lastSession === null ? 'no bars yet' : `last bar ${lastSession}${upToDate ? '' : ', not the newest'}`
  const line = status === 'FAILED' ? `FAILED; ${until}` : `${by.join('+')}: ${what}; ${until}`
  const [first = '', ...others] = wrap(line, terminal.proseColumns, INDENT)
  terminal.print([code.padEnd(CODE_COLUMNS) + first.trimStart(), ...others])
  for (const { provider, errorCode, errorMessage } of attempts) {
    if (errorCode === null) continue
    note(terminal, `${provider} ${errorCode}: ${errorMessage ?? ''}`)
  }
  // A back-adjustment refuses every row for the same reason, which the attempt has named.
  const own = synced.problems.filter((problem) => problem.code !== 'BACK_ADJUSTMENT')
  const shown = own.slice(0, SHOWN_PROBLEMS)
  for (const { session, field, code: reason, message } of shown) {
    note(terminal, `${session} ${field} ${reason}: ${message}`)
  }
  if (shown.length > 0 && shown.length < own.length) {
    terminal.note(`${INDENT}… the first ${shown.length} problems are shown; all are kept`)
  }
}

function advise(symbols: readonly SyncedSymbol[], terminal: Terminal): void {
  const codes = new Set(symbols.flatMap(({ attempts }) => attempts.map(({ errorCode }) => errorCode)))
  const lines = Object.entries(ADVICE).flatMap(([code, advice]) =>
    codes.has(code) ? [`${code}: ${advice}`] : [],
  )
  if (symbols.some(({ status, upToDate }) => status !== 'FAILED' && !upToDate)) {
    lines.push('Bars of the newest session may still come: sync again later.')
  }
  for (const line of lines) note(terminal, line, '  ')
}

function note(terminal: Terminal, text: string, indent = INDENT): void {
  terminal.note(wrap(text, Math.min(terminal.noteColumns, PROSE_COLUMNS), indent))
}

function syncedJson({ problems, ...synced }: SyncedSymbol) {
  return { ...synced, problems: problems.slice(0, MAX_JSON_PROBLEMS) }
}
