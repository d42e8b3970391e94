/** `kospigraph actions`: lists corporate actions, and adds, confirms or dismisses one. */
import type { ActionKind } from '../../../domain/bars/actions/corporate-action.js'
import { RANK_OF_PEOPLE } from '../../../domain/bars/delivery.js'
import type { Session } from '../../../domain/calendar/session.js'
import { KospigraphError } from '../../../errors.js'
import type { CorporateActions, ListedAction } from '../../../services/bars/actions/corporate-actions.js'
import { table } from '../../terminal/layout.js'
import { counted } from '../../terminal/numbers.js'
import type { Terminal } from '../../terminal/terminal.js'
import type { ActionsOptions, ActionVerb } from './action-options.js'

const HEADINGS = ['symbol', 'session', 'kind', 'ratio', 'state', 'adjusts', 'source', 'note']

/** @returns the exit code: 1 where a change found the action in this form already */
export async function runActions(
  actions: CorporateActions,
  terminal: Terminal,
  verb: ActionVerb,
  options: ActionsOptions,
): Promise<0 | 1> {
  if (verb === 'list') {
    const found = await actions.list(options.symbol, options.state)
    terminal.result({ actions: found })
    if (found.length === 0) terminal.note('There are no such actions.')
    else
      for (const line of table([HEADINGS, ...found.map(rowOf)], { width: terminal.columns }))
        terminal.print(line)
    return 0
  }
  const named = { ...required(options), source: 'FILE', label: 'actions', rank: RANK_OF_PEOPLE } as const
  const { action, changed } = await (verb === 'add'
    ? actions.upsert({ ...named, ratio: options.ratio ?? null })
    : actions[verb](named))
  terminal.result({ action, changed })
  const { symbol, kind, session, state, applied, bars, dataVersion } = action
  if (!changed) {
    terminal.note(`${symbol}: ${kind} on ${session} was ${state} already.`)
    return 1
  }
  const effect = applied ? `; ${counted(bars, 'bar')} before it are read times ${String(action.ratio)}` : ''
  terminal.print(`${symbol}: ${kind} on ${session} is ${state}, data version ${dataVersion}${effect}.`)
  return 0
}

function rowOf({ symbol, session, kind, ratio, state, applied, bars, source, note }: ListedAction): string[] {
  const effect = applied ? counted(bars, 'bar') : '-'
  return [symbol, session, kind, ratio === null ? '-' : String(ratio), state, effect, source, note ?? '']
}

function required({ symbol, session, kind, reason }: ActionsOptions): {
  readonly symbol: string
  readonly session: Session
  readonly kind: ActionKind
  readonly reason: string
} {
  if (symbol !== undefined && session !== undefined && kind !== undefined && reason !== undefined) {
    return { symbol, session, kind, reason }
  }
  const missing = Object.entries({ symbol, session, kind, reason })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `--${name}`)
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `${missing.join(', ')}: missing; a change names its action and its reason`,
  )
}
