/** `kospigraph sync`: fetches bars from the configured providers: one line a symbol, and a remedy for every failure. */
import type { BarChange } from '../../domain/bars/bar-change.js'
import { BAR_COLUMNS } from '../../domain/bars/bar.js'
import type { SyncFailureCode } from '../../domain/bars/sync-attempt.js'
import type { SyncBars, SyncRequest, SyncedSymbol } from '../../services/sync/sync-bars.js'
import { PROSE_COLUMNS, wrap } from '../terminal/layout.js'
import { count, counted } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'

const CODE_COLUMNS = 8
const INDENT = ' '.repeat(CODE_COLUMNS)
const SHOWN_PROBLEMS = 5
const SHOWN_CHANGES = 5
const SHOWN_RATIO_DIGITS = 6
const DRY_RUN_NOTE = 'This was a dry run: nothing was stored.'
/** Problems of each symbol in the JSON result; all are kept with the delivery. */
const MAX_JSON_PROBLEMS = 20

export interface SyncOptions extends Pick<SyncRequest, 'symbols' | 'from'> {
  readonly full: boolean
  readonly acceptAdjustments: boolean
  readonly dryRun: boolean
  readonly replaceBasis?: boolean
  readonly signal: AbortSignal
}

/** Remedy for each failure, printed once however many symbols have it. */
const ADVICE: Readonly<Record<SyncFailureCode, string>> = {
  UNREACHABLE: "check this machine's network, and YAHOO_URL or NAVER_URL where they are set",
  TIMEOUT: 'try again later; the vendor is slow or the network is',
  THROTTLED: 'wait an hour and sync fewer symbols at once with --symbol',
  SERVER_ERROR: "try again later; the failure is the vendor's",
  REFUSED: 'the vendor does not serve this machine; put another provider into PROVIDERS',
  NOT_APPROVED: "apply for the service that is named on the provider's site; each one is approved by itself",
  OVER_BUDGET: 'bring history with "kospigraph ingest", or sync again when the next day has begun',
  TOO_LARGE: 'ask for less with --from, or take files in with "kospigraph ingest"',
  CHANGED_FORMAT: 'the vendor answers differently than it used to; use another provider until an update',
  UNKNOWN_SYMBOL:
    'check the code; for csv, put a file named after it into CSV_FOLDER; leave a symbol out with CODE=none in PROVIDERS',
  NO_BARS: 'check the code, and ask for earlier sessions with --from or --full',
  BAD_FILE: 'correct or remove the file; "kospigraph ingest" has options for what it leaves open',
  NOT_ASKED: 'see "kospigraph sync --status" for why and until when; --reset ends the pause',
  REJECTED: 'look at the rows above; nothing that was stored has changed',
  BACK_ADJUSTMENT: 'check that it split, then sync that symbol with --accept-adjustments',
  PRICE_BASIS:
    'wait for a provider with the same closes; or replace all closes since 2026-09-14 with --replace-basis, or name the file\'s basis with "kospigraph ingest --close-basis"',
  DEFECT: 'this is a defect of Kospigraph: report it with the log',
}

/** @returns the exit code: 1 where a symbol failed */
export async function runSync(syncBars: SyncBars, terminal: Terminal, options: SyncOptions): Promise<0 | 1> {
  const { symbols: asked, from, full, acceptAdjustments, dryRun, replaceBasis = false, signal } = options
  const begun = performance.now()
  const { symbols, toSession } = await syncBars({
    symbols: asked,
    from,
    full,
    acceptAdjustments,
    dryRun,
    replaceBasis,
    signal,
    onSymbol: (synced) => {
      reportSymbol(synced, terminal)
      if (dryRun) reportChanges(synced, terminal)
    },
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
  if (dryRun) note(terminal, DRY_RUN_NOTE, '  ')
  terminal.result({ toSession, dryRun, seconds, failed, behind, symbols: symbols.map(syncedJson) })
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

/** What a dry run would change: the newest bars with their values so far, and back-adjustments. */
function reportChanges({ changes, stored, corrected, adjustments }: SyncedSymbol, terminal: Terminal): void {
  const corrections = changes.filter(({ before }) => before !== null)
  const shown = [...corrections, ...changes.filter(({ before }) => before === null)].slice(0, SHOWN_CHANGES)
  const lines = shown.map(changeLine)
  const more = stored + corrected - shown.length
  if (shown.length > 0 && more > 0) lines.push(`… and ${count(more)} more`)
  for (const { ratio, firstSession, lastSession, bars } of adjustments) {
    const factor = Number(ratio.toPrecision(SHOWN_RATIO_DIGITS))
    lines.push(`adjustment: ${count(bars)} bars from ${firstSession} to ${lastSession} times ${factor}`)
  }
  if (lines.length > 0) terminal.print(lines.flatMap((line) => wrap(line, terminal.proseColumns, INDENT)))
}

function changeLine({ session, before, ...after }: BarChange): string {
  if (before === null) return `${session} new: close ${after.close}, volume ${after.volume}`
  const fields = BAR_COLUMNS.filter((field) => before[field] !== after[field])
  return `${session} corrected: ${fields.map((field) => `${field} ${before[field]} → ${after[field]}`).join(', ')}`
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

function syncedJson({ problems, changes, ...synced }: SyncedSymbol) {
  return { ...synced, problems: problems.slice(0, MAX_JSON_PROBLEMS), changes: changes.map(changeJson) }
}

/** JSON has no 64-bit integers; volumes stay far below 2^53. */
function changeJson({ volume, before, ...change }: BarChange) {
  return {
    ...change,
    volume: Number(volume),
    before: before && { ...before, volume: Number(before.volume) },
  }
}
