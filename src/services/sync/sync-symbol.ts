/**
 * Syncs one symbol along its chain of providers: ingests each answer and asks the next provider while there is no usable
 * answer or the newest session is still missing. Every request is recorded as an attempt.
 */
import type { Clock } from '../../domain/clock.js'
import type { BarChange } from '../../domain/bars/bar-change.js'
import { PUBLICATION_OF_PROVIDER, RANK_OF_PROVIDER } from '../../domain/bars/delivery.js'
import type { Adjustment, ProviderName } from '../../domain/bars/delivery.js'
import { newestFinalSession } from '../../domain/bars/final-session.js'
import type { TradingHoursBasis } from '../../domain/bars/price-basis.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { RowProblem } from '../../domain/bars/row-outcome.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import type {
  NewSyncAttempt,
  SyncAttempt,
  SyncFailureCode,
  SyncStatus,
} from '../../domain/bars/sync-attempt.js'
import type { CircuitEvent } from '../../domain/sync/provider-circuit.js'
import type { SymbolDefinition } from '../../domain/symbol.js'
import type { SyncAttemptStore } from '../../db/bars/sync-attempts.js'
import { messageOf } from '../../errors.js'
import { ProviderFailure } from '../../market/providers/provider.js'
import type { BarProvider, BarQuestion, ProviderAnswer } from '../../market/providers/provider.js'
import type { IngestBars, IngestResult } from '../bars/ingest-bars.js'
import { circuitEventOf } from './circuit-event.js'
import { requireExchangeDates } from './exchange-dates.js'
import type { ProviderGate } from './provider-gate.js'

/** Most problems of one symbol that a result lists; all are counted, and stored with the delivery. */
export const MAX_LISTED_PROBLEMS = 20

export interface SyncedSymbol {
  readonly code: string
  /**
   * `STORED`: at least one bar is new or corrected. `UNCHANGED`: none is. `FAILED`: no provider's answer was usable, or
   * a person must review a back-adjustment.
   */
  readonly status: SyncStatus
  readonly stored: number
  readonly corrected: number
  readonly unchanged: number
  readonly dropped: number
  readonly rejected: number
  /** The first {@link MAX_LISTED_PROBLEMS}. */
  readonly problems: readonly RowProblem[]
  /** Of a dry run, the first changes of each answer, newest sessions first; otherwise none. */
  readonly changes: readonly BarChange[]
  /** Back-adjustments found in the answers. */
  readonly adjustments: readonly Adjustment[]
  /** The last stored session after the sync. */
  readonly lastSession: Session | null
  /** Whether that is the newest closed session. */
  readonly upToDate: boolean
  /** In the order of the requests. A dry run stores none; their ids are 0. */
  readonly attempts: readonly SyncAttempt[]
}

export interface SymbolQuestion {
  readonly symbol: SymbolDefinition
  readonly chain: readonly ProviderName[]
  readonly from: Session
  readonly to: Session
  readonly acceptAdjustments: boolean
  /** Whether the answers are only compared with the stored bars, and nothing is stored. */
  readonly dryRun: boolean
  /** Whether closes of another basis replace the stored ones, all or none. */
  readonly replaceBasis: boolean
  /** The basis of closes that the symbol shall have where there is a choice. */
  readonly wantedCloseBasis: TradingHoursBasis | undefined
  readonly signal: AbortSignal
}

export interface SyncDeps {
  readonly providers: ReadonlyMap<ProviderName, BarProvider>
  readonly gate: ProviderGate
  readonly attempts: SyncAttemptStore
  readonly ingestBars: IngestBars
  readonly calendar: Calendar
  readonly clock: Clock
  /** Called with errors of this program; the sync continues. */
  readonly onDefect: (error: unknown) => void
}

/** Most back-adjustment steps that a message names; further ones are counted. */
const MAX_NAMED_STEPS = 3

interface Failure {
  readonly code: SyncFailureCode
  readonly message: string
}

/** Outcome of one request. */
interface Asked {
  readonly failure?: Failure
  readonly received?: number
  readonly result?: IngestResult
}

interface Step {
  readonly attempt: SyncAttempt
  readonly result: IngestResult | undefined
}

/** @param lastSession reads the last stored session; called after every request */
export async function syncSymbol(
  deps: SyncDeps,
  question: SymbolQuestion,
  lastSession: () => Promise<Session | null>,
): Promise<SyncedSymbol> {
  const { to, chain, signal } = question
  const steps: Step[] = []
  let last: Session | null = null
  for (const name of chain) {
    signal.throwIfAborted()
    const step = await ask(deps, question, name)
    steps.push(step)
    last = newer(await lastSession(), step.result?.changes[0]?.session)
    // Another vendor's prices might be on another scale than the adjusted ones; better none than those.
    if (step.attempt.errorCode === 'BACK_ADJUSTMENT') break
    if (step.attempt.status !== 'FAILED' && last !== null && last >= to) break
  }
  return summarise(question, steps, last)
}

/** A dry run's would-be bars count as stored, so that it asks the providers that a sync would ask. */
function newer(stored: Session | null, wouldBe: Session | undefined): Session | null {
  return wouldBe !== undefined && (stored === null || wouldBe > stored) ? wouldBe : stored
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
    changes: results.flatMap(({ changes }) => changes),
    adjustments: results.flatMap(({ adjustments }) => adjustments),
    lastSession: last,
    upToDate,
    attempts,
  }
}

function statusOf(steps: readonly Step[], upToDate: boolean): SyncStatus {
  if (steps.some(({ attempt }) => attempt.errorCode === 'BACK_ADJUSTMENT')) return 'FAILED'
  if (steps.some(({ attempt }) => attempt.status === 'STORED')) return 'STORED'
  // An unchanged folder does not provide the newest session, so it does not make up for failures of all others.
  const answered = steps.some(({ attempt, result }) => attempt.status !== 'FAILED' && (result || upToDate))
  const failed = steps.some(({ attempt }) => attempt.status === 'FAILED')
  return answered || !failed ? 'UNCHANGED' : 'FAILED'
}

async function ask(deps: SyncDeps, question: SymbolQuestion, name: ProviderName): Promise<Step> {
  const at = deps.clock.now()
  const started = performance.now()
  const publication = PUBLICATION_OF_PROVIDER[name]
  const final = newestFinalSession(publication, question.symbol.kind, deps.calendar, at)
  const to = final < question.to ? final : question.to
  let requests = 0
  const { failure, received, result } = await askProvider(
    deps,
    { ...question, to },
    name,
    () => (requests += 1),
  )
  const succeeded: SyncStatus = result?.status === 'STORED' ? 'STORED' : 'UNCHANGED'
  const attempt: NewSyncAttempt = {
    symbol: question.symbol.code,
    provider: name,
    at,
    status: failure ? 'FAILED' : succeeded,
    fromSession: question.from,
    toSession: to,
    receivedRows: received ?? 0,
    requests,
    errorCode: failure?.code ?? null,
    errorMessage: failure?.message ?? null,
    ingestionId: result?.ingestionId ?? null,
    durationMs: performance.now() - started,
  }
  return { attempt: question.dryRun ? { ...attempt, id: 0 } : await deps.attempts.add(attempt), result }
}

async function askProvider(
  deps: SyncDeps,
  question: SymbolQuestion,
  name: ProviderName,
  onRequest: () => void,
): Promise<Asked> {
  const { symbol, from, to, signal, acceptAdjustments, replaceBasis, wantedCloseBasis } = question
  const provider = deps.providers.get(name)
  if (!provider) throw new Error(`provider ${name} is named in a chain but does not exist`)
  if (from > to) {
    const message = `its bars are final up to ${to}, and ${from} is the first session asked for`
    return { failure: { code: 'NO_BARS', message } }
  }
  const answer = await fetchThroughGate(deps, provider, { symbol, from, to, signal, onRequest })
  if ('failure' in answer) return answer
  const received = answer.rows.length
  if (received === 0) {
    return { received, failure: { code: 'NO_BARS', message: `it has no bar from ${from} to ${to}` } }
  }
  if (
    provider.repeats &&
    !acceptAdjustments &&
    !replaceBasis &&
    (await deps.attempts.hasStored(answer.checksum))
  ) {
    return { received }
  }
  const result = await deps.ingestBars({
    source: 'PROVIDER',
    label: name,
    rank: RANK_OF_PROVIDER[name],
    basis: answer.basis,
    wantedCloseBasis,
    replaceBasis,
    note: answer.notes.join('; '),
    batches: [answer.rows],
    actions: (answer.actions ?? []).map((action) => ({
      ...action,
      symbol: symbol.code,
      state: 'CONFIRMED' as const,
      source: `PROVIDER:${name}`,
    })),
    checksum: () => answer.checksum,
    // A bad row of a vendor must not block the others; it is stored with the reason.
    onInvalid: 'SKIP',
    acceptAdjustments,
    dryRun: question.dryRun,
    signal,
  })
  const failure = failureOf(result, symbol.code)
  return failure ? { received, result, failure } : { received, result }
}

/** Asks where the circuit allows it, and reports to it what came of that. */
async function fetchThroughGate(
  deps: SyncDeps,
  provider: BarProvider,
  question: BarQuestion,
): Promise<ProviderAnswer | { readonly failure: Failure }> {
  const pass = await deps.gate.enter(provider.name)
  if (pass.kind === 'refused') return { failure: { code: 'NOT_ASKED', message: pass.message } }
  let requests = 0
  const onRequest = (): void => {
    requests += 1
    question.onRequest()
  }
  // Unless it learns more, an abort for instance, the gate learns nothing.
  let event: CircuitEvent = { kind: 'UNASKED' }
  try {
    const answer = await provider.fetch({ ...question, onRequest })
    event = { kind: 'READ' }
    // A folder's dates are its owner's.
    if (!provider.repeats) requireExchangeDates(answer.rows, deps.calendar)
    return answer
  } catch (error) {
    question.signal.throwIfAborted()
    if (!(error instanceof ProviderFailure)) {
      deps.onDefect(error)
      return { failure: { code: 'DEFECT', message: sanitizeText(messageOf(error)) } }
    }
    if (requests > 0) event = circuitEventOf(error)
    return { failure: { code: error.code, message: error.message } }
  } finally {
    await pass.leave(event)
  }
}

function failureOf(
  { status, adjustments, problems, rejected }: IngestResult,
  code: string,
): Asked['failure'] | undefined {
  const refused = adjustments.filter(({ accepted }) => !accepted)
  if (refused.length > 0) return { code: 'BACK_ADJUSTMENT', message: adjusted(refused, code) }
  const mixed = problems.find((problem) => problem.code === 'PRICE_BASIS')
  if (mixed) return { code: 'PRICE_BASIS', message: mixed.message }
  if (status !== 'REJECTED') return undefined
  const [first] = problems
  return {
    code: 'REJECTED',
    message: `none of ${rejected} rows can be stored: ${first?.message ?? 'no reason'}`,
  }
}

function adjusted(steps: readonly Adjustment[], code: string): string {
  const named = steps.slice(0, MAX_NAMED_STEPS).map(({ ratio, firstSession, lastSession }, at) => {
    const [closes, stored] = at === 0 ? ['its closes ', 'the stored ones '] : ['', '']
    return `${closes}from ${firstSession} to ${lastSession} are ${stored}times ${Number(ratio.toPrecision(6))}`
  })
  const more = steps.length > named.length ? `, and so on in ${steps.length - named.length} more steps` : ''
  return `${named.join(', ')}${more}; nothing of ${code} was stored`
}
