/** The provider interface: a source of bars, asked for one symbol at a time. */
import { createHash } from 'node:crypto'
import type { StatedAction } from '../../domain/bars/actions/corporate-action.js'
import type { MasterRow } from '../../domain/bars/instruments/listed-instrument.js'
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { ProviderName } from '../../domain/bars/delivery.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Session } from '../../domain/calendar/session.js'
import type { SymbolDefinition } from '../../domain/symbol.js'
import type { ProviderFailureCode } from '../../domain/bars/sync-attempt.js'

export interface BarQuestion {
  readonly symbol: Pick<SymbolDefinition, 'code' | 'kind' | 'market'>
  readonly from: Session
  /** The newest session whose bar can be final. */
  readonly to: Session
  readonly signal: AbortSignal
  /** Called for every request, retries included. */
  readonly onRequest: () => void
}

export interface ProviderAnswer {
  /** Numbered from 1, volumes in shares; no row is later than the session asked for. */
  readonly rows: readonly RawBar[]
  /** The source and observations, for logs and reports. */
  readonly notes: readonly string[]
  /** The basis of prices and volumes that the source states. */
  readonly basis: PriceBasis
  /** Corporate actions that the source states, with sessions up to the one asked for. */
  readonly actions?: readonly ProviderAction[]
  /** SHA-256 of the rows in hexadecimal; equal answers have equal checksums. */
  readonly checksum: string
}

export type ProviderAction = Pick<StatedAction, 'session' | 'kind' | 'ratio' | 'note'>

export interface BarProvider {
  readonly name: ProviderName
  /** Whether an unchanged answer carries no new information. Files stay as they are; vendors correct their data. */
  readonly repeats: boolean
  /**
   * Fetches the bars of one symbol.
   * @throws ProviderFailure where there is no readable answer
   * @throws the signal's reason where it is aborted
   */
  fetch(question: BarQuestion): Promise<ProviderAnswer>
  /**
   * Fetches the listed instruments as of one session, where the provider has lists of them.
   * @throws ProviderFailure and the signal's reason, as `fetch` does
   */
  readonly instruments?: (
    session: Session,
    asker: Pick<BarQuestion, 'signal' | 'onRequest'>,
  ) => Promise<InstrumentLists>
}

/** Instruments of a provider's lists, whose rows are numbered through all lists from 1. */
export interface InstrumentLists {
  readonly rows: readonly MasterRow[]
  /** Rows that are no instrument. */
  readonly problems: readonly { readonly row: number; readonly code: string; readonly message: string }[]
  /** The lists that were read, and those that were left out. */
  readonly notes: readonly string[]
}

/** The provider gave no readable answer. The message reports what happened, without the provider's name. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure'
  /** How long the provider asks to be left alone, where it says so. */
  readonly retryAfterMs: number | undefined

  constructor(
    readonly code: ProviderFailureCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(sanitizeText(message), options)
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Builds an answer. Rows after the session asked for may not be final, so they are cut, with a note. */
export function answerOf(
  rows: readonly Omit<RawBar, 'row'>[],
  { to }: Pick<BarQuestion, 'to'>,
  { notes, basis, actions = [] }: Pick<ProviderAnswer, 'notes' | 'basis' | 'actions'>,
): ProviderAnswer {
  const kept = rows.filter(({ session }) => !(session > to && /^\d{4}-/.test(session)))
  const cut = rows.length - kept.length
  const numbered = kept.map((bar, index): RawBar => ({ ...bar, row: index + 1 }))
  const cutNote = `${cut} ${cut === 1 ? 'row' : 'rows'} after ${to} left out: not final yet`
  return {
    rows: numbered,
    notes: cut > 0 ? [...notes, cutNote] : notes,
    basis,
    actions: actions.filter(({ session }) => session <= to),
    checksum: checksumOf(numbered),
  }
}

function checksumOf(rows: readonly RawBar[]): string {
  const hash = createHash('sha256')
  for (const { symbol, session, open, high, low, close, volume } of rows) {
    hash.update([symbol, session, open, high, low, close, volume].join(',')).update('\n')
  }
  return hash.digest('hex')
}
