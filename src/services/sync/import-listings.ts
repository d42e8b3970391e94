/** Brings the symbol master up to date with the lists of a provider. */
import { newestFinalSession } from '../../domain/bars/final-session.js'
import { PUBLICATION_OF_PROVIDER } from '../../domain/bars/delivery.js'
import type { ListingProvider, ProviderName } from '../../domain/bars/delivery.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Clock } from '../../domain/clock.js'
import type { CircuitEvent } from '../../domain/sync/provider-circuit.js'
import type { SyncFailureCode } from '../../domain/bars/sync-attempt.js'
import { KospigraphError } from '../../errors.js'
import { ProviderFailure } from '../../market/providers/provider.js'
import type { BarProvider, InstrumentLists } from '../../market/providers/provider.js'
import type { Instruments, MasterResult } from '../bars/instruments.js'
import { circuitEventOf } from './circuit-event.js'
import type { ProviderGate } from './provider-gate.js'

/** The variable that each needs. */
const VARIABLES: Readonly<Record<ListingProvider, string>> = { krx: 'KRX_API_KEY' }

export interface ImportedListings extends MasterResult {
  /** The day that the lists are of. */
  readonly statedOn: Session
  /** The lists that were read, and those that were left out. */
  readonly notes: readonly string[]
}

export interface FailedListings {
  readonly failure: { readonly code: SyncFailureCode; readonly message: string }
}

/**
 * Asks for the newest lists that are sure to be published and imports them. Where the provider gives none, or is paused,
 * nothing is stored and the reason is returned.
 * @throws KospigraphError CONFIGURATION where the provider lacks its key
 */
export type ImportListings = (
  provider: ListingProvider,
  signal: AbortSignal,
) => Promise<ImportedListings | FailedListings>

export function createImportListings(deps: {
  readonly providers: ReadonlyMap<ProviderName, BarProvider>
  readonly gate: ProviderGate
  readonly instruments: Pick<Instruments, 'importMaster'>
  readonly calendar: Calendar
  readonly clock: Clock
}): ImportListings {
  const { providers, gate, instruments, calendar, clock } = deps
  return async (name, signal) => {
    const provider = providers.get(name)
    if (!provider) {
      const message = `the lists of ${name} need a key: set ${VARIABLES[name]}, or import a file`
      throw new KospigraphError('CONFIGURATION', message)
    }
    const publication = PUBLICATION_OF_PROVIDER[name]
    const statedOn = newestFinalSession(publication, 'COMMON_SHARE', calendar, clock.now())
    const lists = await fetchThroughGate(gate, provider, statedOn, signal)
    if ('failure' in lists) return lists
    const { rows, problems, notes } = lists
    const result = await instruments.importMaster({ source: name, rows, problems, statedOn })
    return { ...result, statedOn, notes }
  }
}

async function fetchThroughGate(
  gate: ProviderGate,
  { name, instruments }: BarProvider,
  session: Session,
  signal: AbortSignal,
): Promise<InstrumentLists | FailedListings> {
  if (!instruments) throw new Error(`the provider ${name} has no lists of instruments`)
  const pass = await gate.enter(name)
  if (pass.kind === 'refused') return { failure: { code: 'NOT_ASKED', message: pass.message } }
  let requests = 0
  let event: CircuitEvent = { kind: 'UNASKED' }
  try {
    const lists = await instruments(session, { signal, onRequest: () => (requests += 1) })
    event = { kind: 'READ' }
    return lists
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ProviderFailure)) throw error
    if (requests > 0) event = circuitEventOf(error)
    return { failure: { code: error.code, message: error.message } }
  } finally {
    await pass.leave(event)
  }
}
