/** Declares `kospigraph actions`: list, add, confirm and dismiss. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { ACTION_KINDS, ACTION_STATES } from '../../../domain/bars/actions/corporate-action.js'
import type { ActionKind, ActionState } from '../../../domain/bars/actions/corporate-action.js'
import type { Session } from '../../../domain/calendar/session.js'
import type { CommandContext } from '../../command-context.js'
import { parseDate } from '../../terminal/option-values.js'

const VERBS = ['list', 'add', 'confirm', 'dismiss'] as const
export type ActionVerb = (typeof VERBS)[number]

export interface ActionsOptions {
  readonly symbol?: string
  readonly state?: ActionState
  readonly session?: Session
  readonly kind?: ActionKind
  readonly ratio?: number
  readonly reason?: string
}

export function registerActions(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('actions')
    .description('List corporate actions, or add, confirm or dismiss one.')
    .argument('<verb>', `what to do: ${VERBS.join(', ')}`, (text) => oneOf(VERBS, text))
    .option('--symbol <code>', "the symbol's code; list takes all symbols without it")
    .option('--state <state>', `of list: ${ACTION_STATES.join(', ')}`, (text) =>
      oneOf(ACTION_STATES, text.toUpperCase()),
    )
    .option('--session <date>', 'the first session at the new price, YYYY-MM-DD', parseDate)
    .option('--kind <kind>', ACTION_KINDS.join(', '), (text) => oneOf(ACTION_KINDS, text.toUpperCase()))
    .option('--ratio <number>', 'of add: new price over old price, 0.02 for one share into fifty', Number)
    .option('--reason <text>', 'reason of a change, kept in the audit log')
    .action(async (verb: ActionVerb, options: ActionsOptions) => {
      const { runActions } = await import('./actions.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runActions(services.corporateActions, terminal, verb, options),
      )
    })
}

function oneOf<Value extends string>(values: readonly Value[], text: string): Value {
  const found = values.find((value) => value === text)
  if (found !== undefined) return found
  throw new InvalidArgumentError(`use one of ${values.join(', ')}.`)
}
