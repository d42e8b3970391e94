/** `kospigraph withdraw`: withdraws bars that turned out wrong; their earlier values are kept. */
import { RANK_OF_PEOPLE } from '../../domain/bars/delivery.js'
import type { Session } from '../../domain/calendar/session.js'
import type { WithdrawBars } from '../../services/bars/withdraw-bars.js'
import { count, counted } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'

export interface WithdrawOptions {
  readonly symbol: string
  readonly sessions: readonly Session[]
  readonly reason: string
}

/** @returns the exit code: 1 where none of the sessions had a bar */
export async function runWithdraw(
  withdrawBars: WithdrawBars,
  terminal: Terminal,
  { symbol, sessions, reason }: WithdrawOptions,
): Promise<0 | 1> {
  const {
    withdrawn,
    symbol: changed,
    ingestionId,
  } = await withdrawBars({
    source: 'FILE',
    label: 'withdraw',
    rank: RANK_OF_PEOPLE,
    symbol,
    sessions,
    reason,
  })
  terminal.result({
    symbol,
    sessions: sessions.length,
    withdrawn,
    dataVersion: changed?.dataVersion ?? null,
    ingestionId,
  })
  if (changed === null) {
    terminal.note(
      `${symbol} has no bar on ${sessions.length === 1 ? 'that session' : 'any of those sessions'}.`,
    )
    return 1
  }
  const without = sessions.length - withdrawn
  const rest = without === 0 ? '' : `; ${count(without)} of the sessions had none`
  terminal.print(
    `${symbol}: ${counted(withdrawn, 'bar')} withdrawn, data version ${changed.dataVersion}${rest}.`,
  )
  terminal.print('Their values are kept: barRevisions lists them, and bars(asOf:) shows them.')
  return 0
}
