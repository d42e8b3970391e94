/** Providers: where bars are fetched from, one symbol a question. */
import { createHash } from 'node:crypto'
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
  /** Told of every request that is made, retries included. */
  readonly onRequest: () => void
}

export interface ProviderAnswer {
  /** Numbered from 1, volumes in shares; none is of a later session than asked for. */
  readonly rows: readonly RawBar[]
  /** What it was read from, and what was noticed, for people. */
  readonly notes: readonly string[]
  /** SHA-256 in hexadecimal; of an answer that says the same, the same. */
  readonly checksum: string
}

export interface BarProvider {
  readonly name: ProviderName
  /** Whether the same answer, come again, says nothing new: files stay where they are, vendors think again. */
  readonly repeats: boolean
  /**
   * @throws ProviderFailure where there is no answer that can be read
   * @throws the signal's reason where it is aborted
   */
  fetch(question: BarQuestion): Promise<ProviderAnswer>
}

/** No answer that can be read. The message says what happened, without the provider's name before it. */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure'

  constructor(
    readonly code: ProviderFailureCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(sanitizeText(message), options)
  }
}

/** Rows after the session asked for are of one that may still go on: they are cut, which is no fault of anybody. */
export function answerOf(
  rows: readonly Omit<RawBar, 'row'>[],
  { to }: Pick<BarQuestion, 'to'>,
  notes: readonly string[],
): ProviderAnswer {
  const kept = rows.filter(({ session }) => !(session > to && /^\d{4}-/.test(session)))
  const cut = rows.length - kept.length
  const numbered = kept.map((bar, index): RawBar => ({ ...bar, row: index + 1 }))
  const cutNote = `${cut} ${cut === 1 ? 'row' : 'rows'} after ${to} left out: not final yet`
  return {
    rows: numbered,
    notes: cut > 0 ? [...notes, cutNote] : notes,
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
