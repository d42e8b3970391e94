/** `kospigraph withdraw`: takes bars back that turn out never to have happened. */
import { RANK_OF_PEOPLE } from '../../domain/bars/delivery.js'
import type { Session } from '../../domain/calendar/session.js'
import type { WithdrawBars } from '../../services/bars/withdraw-bars.js'
import { count } from '../terminal/terminal.js'
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
  const { withdrawn, symbol: changed } = await withdrawBars({
    source: 'FILE',
    label: 'withdraw',
    rank: RANK_OF_PEOPLE,
    symbol,
    sessions,
    reason,
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
    `${symbol}: ${count(withdrawn)} ${withdrawn === 1 ? 'bar' : 'bars'} withdrawn, data version ${changed.dataVersion}${rest}.`,
  )
  terminal.print('What was known of them stays: barRevisions lists it, and bars(asOf:) shows it.')
  return 0
}
