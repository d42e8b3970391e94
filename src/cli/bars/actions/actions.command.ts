/** Declares `kospigraph actions`: list, add, confirm and dismiss. */
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import { ACTION_KINDS, ACTION_STATES } from '../../../domain/bars/actions/corporate-action.js'
import { ACTION_VERBS } from './action-options.js'
import type { ActionsOptions, ActionVerb } from './action-options.js'
import type { CommandContext } from '../../command-context.js'
import { parseDate } from '../../terminal/option-values.js'

export function registerActions(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('actions')
    .description('List corporate actions, or add, confirm or dismiss one.')
    .argument('<verb>', `what to do: ${ACTION_VERBS.join(', ')}`, (text) => oneOf(ACTION_VERBS, text))
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
