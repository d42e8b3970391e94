/** Withdraws bars that turned out to be wrong; they stay readable as revisions and through `asOf`. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../domain/clock.js'
import type { DeliveryOrigin } from '../../domain/bars/delivery.js'
import { requireReason } from '../../domain/reason.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Session } from '../../domain/calendar/session.js'
import type { ChangedSymbol } from '../../db/bars/apply-staged-bars.js'
import type { WithBarWriter } from '../../db/bars/bar-writer.js'
import type { SymbolStore } from '../../db/symbols.js'
import { KospigraphError } from '../../errors.js'
import { requireStoredSymbol } from '../stored-symbol.js'

/** Most sessions in one call: four years. */
export const MAX_WITHDRAWN_SESSIONS = 1_000

export interface WithdrawRequest extends DeliveryOrigin {
  readonly symbol: string
  readonly sessions: readonly Session[]
  /** Kept with the delivery. */
  readonly reason: string
}

export interface WithdrawResult {
  readonly withdrawn: number
  /** Null where none of the sessions had a bar. */
  readonly symbol: ChangedSymbol | null
  readonly ingestionId: number | null
}

export type WithdrawBars = (request: WithdrawRequest) => Promise<WithdrawResult>

export function createWithdrawBars(deps: {
  readonly symbols: SymbolStore
  readonly withBarWriter: WithBarWriter
  readonly clock: Clock
}): WithdrawBars {
  return async ({ symbol: code, sessions, reason, source, label, rank }) => {
    if (sessions.length === 0 || sessions.length > MAX_WITHDRAWN_SESSIONS) {
      const message = `sessions: ${sessions.length} is not between 1 and ${MAX_WITHDRAWN_SESSIONS} sessions a call`
      throw new KospigraphError('BAD_USER_INPUT', message)
    }
    const note = requireReason(reason)
    const symbol = await requireStoredSymbol(deps.symbols, code)
    const checksum = createHash('sha256')
      .update([code, ...sessions, note].join('\n'))
      .digest('hex')
    const { stored } = await deps.withBarWriter(async (writer) => {
      const withdrawal = await writer.withdraw(symbol.id, sessions, () => ({
        source,
        label: sanitizeText(label),
        rank,
        note,
        checksum,
        adjustment: 'UNKNOWN',
        receivedRows: sessions.length,
        unchangedRows: 0,
        droppedRows: 0,
        rejectedRows: 0,
        dropped: [],
        rejected: [],
        at: deps.clock.now(),
      }))
      return { keep: withdrawal !== undefined, stored: withdrawal }
    })
    const [changed] = stored?.symbols ?? []
    return {
      withdrawn: changed?.withdrawn ?? 0,
      symbol: changed ?? null,
      ingestionId: stored?.ingestionId ?? null,
    }
  }
}
