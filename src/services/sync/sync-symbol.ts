/**
 * One symbol along its chain of providers: the first whose answer can be used is taken in, and the next is asked
 * where there was none, or where the newest session is still missing. Every question leaves an attempt behind.
 */
import type { Clock } from '../../domain/clock.js'
import { RANK_OF_PROVIDER } from '../../domain/bars/delivery.js'
import type { Adjustment, ProviderName } from '../../domain/bars/delivery.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { RowProblem } from '../../domain/bars/row-outcome.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SyncAttempt, SyncFailureCode, SyncStatus } from '../../domain/bars/sync-attempt.js'
import type { SymbolDefinition } from '../../domain/symbol.js'
import type { SyncAttemptStore } from '../../db/bars/sync-attempts.js'
import { messageOf } from '../../errors.js'
import { ProviderFailure } from '../../market/providers/provider.js'
import type { BarProvider, ProviderAnswer } from '../../market/providers/provider.js'
import type { IngestBars, IngestResult } from '../bars/ingest-bars.js'

/** Failures in a row, over symbols, after which a vendor is left alone for the rest of a sync. */
const MAX_OUTAGES = 3
const OUTAGES = new Set<SyncFailureCode>(['UNREACHABLE', 'TIMEOUT', 'THROTTLED', 'SERVER_ERROR', 'REFUSED'])
/** Problems of one symbol that a result lists; all are counted, and kept with the delivery. */
export const MAX_LISTED_PROBLEMS = 20

export interface SyncedSymbol {
  readonly code: string
  /**
   * `STORED`: at least one bar is new or corrected. `UNCHANGED`: none is. `FAILED`: no provider's answer could be
   * used, or somebody must look at a back-adjustment.
   */
  readonly status: SyncStatus
  readonly stored: number
  readonly corrected: number
  readonly unchanged: number
  readonly dropped: number
  readonly rejected: number
  /** The first {@link MAX_LISTED_PROBLEMS}. */
  readonly problems: readonly RowProblem[]
  /** The last stored session now. */
  readonly lastSession: Session | null
  /** Whether that is the newest session whose bar can be final. */
  readonly upToDate: boolean
  /** In the order of asking. */
  readonly attempts: readonly SyncAttempt[]
}

export interface SymbolQuestion {
  readonly symbol: SymbolDefinition
  readonly chain: readonly ProviderName[]
  readonly from: Session
  readonly to: Session
  readonly acceptAdjustments: boolean
  readonly signal: AbortSignal
}

export interface SyncDeps {
  readonly providers: ReadonlyMap<ProviderName, BarProvider>
  readonly attempts: SyncAttemptStore
  readonly ingestBars: IngestBars
  readonly clock: Clock
  /** Told of errors that are ours; the sync goes on. */
  readonly onDefect: (error: unknown) => void
}

/** How often each provider has failed in a row in this sync. */
export type Outages = Map<ProviderName, number>

/** What one question came to. */
/** Splits between what is stored and what a provider says; further ones are counted. */
const MAX_TOLD_STEPS = 3

interface Asked {
  readonly failure?: { readonly code: SyncFailureCode; readonly message: string }
  readonly received?: number
  readonly result?: IngestResult
}

interface Step {
  readonly attempt: SyncAttempt
  readonly result: IngestResult | undefined
}

/** @param lastSession the last stored session, looked up after every step */
export async function syncSymbol(
  deps: SyncDeps,
  question: SymbolQuestion,
  outages: Outages,
  lastSession: () => Promise<Session | null>,
): Promise<SyncedSymbol> {
  const { to, chain, signal } = question
  const steps: Step[] = []
  let last: Session | null = null
  for (const name of chain) {
    signal.throwIfAborted()
    const step = await ask(deps, question, name, outages)
    steps.push(step)
    last = await lastSession()
    // Another vendor's prices beside those that were adjusted would be worse than none.
    if (step.attempt.errorCode === 'BACK_ADJUSTMENT') break
    if (step.attempt.status !== 'FAILED' && last !== null && last >= to) break
  }
  return summarise(question, steps, last)
}

function summarise(
  { symbol, to }: SymbolQuestion,
  steps: readonly Step[],
  last: Session | null,
): SyncedSymbol {
  const results = steps.flatMap(({ result }) => result ?? [])
  const sum = (of: (result: IngestResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0)
  const attempts = steps.map(({ attempt }) => attempt)
  const upToDate = last !== null && last >= to
  return {
    code: symbol.code,
    status: statusOf(steps, upToDate),
    stored: sum(({ stored }) => stored),
    corrected: sum(({ corrected }) => corrected),
    unchanged: sum(({ unchanged }) => unchanged),
    dropped: sum(({ dropped }) => dropped),
    rejected: sum(({ rejected }) => rejected),
    problems: results.flatMap(({ problems }) => problems).slice(0, MAX_LISTED_PROBLEMS),
    lastSession: last,
    upToDate,
    attempts,
  }
}

function statusOf(steps: readonly Step[], upToDate: boolean): SyncStatus {
  if (steps.some(({ attempt }) => attempt.errorCode === 'BACK_ADJUSTMENT')) return 'FAILED'
  if (steps.some(({ attempt }) => attempt.status === 'STORED')) return 'STORED'
  // A folder that is as it was is no answer to the question for the newest session where everybody else failed.
  const answered = steps.some(({ attempt, result }) => attempt.status !== 'FAILED' && (result || upToDate))
  const failed = steps.some(({ attempt }) => attempt.status === 'FAILED')
  return answered || !failed ? 'UNCHANGED' : 'FAILED'
}

async function ask(
  deps: SyncDeps,
  question: SymbolQuestion,
  name: ProviderName,
  outages: Outages,
): Promise<Step> {
  const at = deps.clock.now()
  const started = performance.now()
  let requests = 0
  const { failure, received, result } = await askProvider(
    deps,
    question,
    name,
    outages,
    () => (requests += 1),
  )
  const succeeded: SyncStatus = result?.status === 'STORED' ? 'STORED' : 'UNCHANGED'
  const attempt = await deps.attempts.add({
    symbol: question.symbol.code,
    provider: name,
    at,
    status: failure ? 'FAILED' : succeeded,
    fromSession: question.from,
    toSession: question.to,
    receivedRows: received ?? 0,
    requests,
    errorCode: failure?.code ?? null,
    errorMessage: failure?.message ?? null,
    ingestionId: result?.ingestionId ?? null,
    durationMs: performance.now() - started,
  })
  return { attempt, result }
}

async function askProvider(
  deps: SyncDeps,
  question: SymbolQuestion,
  name: ProviderName,
  outages: Outages,
  onRequest: () => void,
): Promise<Asked> {
  const { symbol, from, to, signal, acceptAdjustments } = question
  const provider = deps.providers.get(name)
  if (!provider) throw new Error(`provider ${name} was not made`)
  const failedBefore = outages.get(name) ?? 0
  if (failedBefore >= MAX_OUTAGES) {
    const message = `it had failed ${failedBefore} times in a row in this sync, and is left alone`
    return { failure: { code: 'NOT_ASKED', message } }
  }
  let answer: ProviderAnswer
  try {
    answer = await provider.fetch({ symbol, from, to, signal, onRequest })
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ProviderFailure)) deps.onDefect(error)
    const failure =
      error instanceof ProviderFailure
        ? { code: error.code, message: error.message }
        : { code: 'DEFECT' as const, message: sanitizeText(messageOf(error)) }
    if (OUTAGES.has(failure.code)) outages.set(name, (outages.get(name) ?? 0) + 1)
    else outages.delete(name)
    return { failure }
  }
  outages.delete(name)
  const received = answer.rows.length
  if (received === 0) {
    return { received, failure: { code: 'NO_BARS', message: `it has no bar from ${from} to ${to}` } }
  }
  if (provider.repeats && !acceptAdjustments && (await deps.attempts.hasStored(answer.checksum))) {
    return { received }
  }
  const result = await deps.ingestBars({
    source: 'PROVIDER',
    label: name,
    rank: RANK_OF_PROVIDER[name],
    note: answer.notes.join('; '),
    batches: [answer.rows],
    checksum: () => answer.checksum,
    // One bad row of a vendor must not hold up the others; it is kept, with the reason.
    onInvalid: 'SKIP',
    acceptAdjustments,
    signal,
  })
  const failure = failureOf(result, symbol.code)
  return failure ? { received, result, failure } : { received, result }
}

function failureOf(
  { status, adjustments, problems, rejected }: IngestResult,
  code: string,
): Asked['failure'] | undefined {
  const refused = adjustments.filter(({ accepted }) => !accepted)
  if (refused.length > 0) return { code: 'BACK_ADJUSTMENT', message: adjusted(refused, code) }
  if (status !== 'REJECTED') return undefined
  const [first] = problems
  return {
    code: 'REJECTED',
    message: `none of ${rejected} rows can be stored: ${first?.message ?? 'no reason'}`,
  }
}

function adjusted(steps: readonly Adjustment[], code: string): string {
  const told = steps.slice(0, MAX_TOLD_STEPS).map(({ ratio, firstSession, lastSession }, at) => {
    const [closes, stored] = at === 0 ? ['its closes ', 'the stored ones '] : ['', '']
    return `${closes}from ${firstSession} to ${lastSession} are ${stored}times ${Number(ratio.toPrecision(6))}`
  })
  const more = steps.length > told.length ? `, and so on in ${steps.length - told.length} more steps` : ''
  return `${told.join(', ')}${more}; nothing of ${code} was stored`
}
