/** Declares `kospigraph backtest`, and reads what its options ask for. */
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import type { BacktestProtocol, BacktestWindow, ScalerFit } from '../../domain/backtests/backtest.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Execution, StrategyKind } from '../../domain/backtests/strategy.js'
import { KospigraphError } from '../../errors.js'
import type { StartBacktestRequest } from '../../services/backtests/start-backtest.js'
import type { CommandContext } from '../command-context.js'
import type { BacktestOptions } from './backtest.js'
import { parseDate, parseWhole } from '../terminal/option-values.js'

const PROTOCOLS = { 'walk-forward': 'WALK_FORWARD', 'fixed-split': 'FIXED_SPLIT' } as const
const WINDOWS = { rolling: 'ROLLING', expanding: 'EXPANDING' } as const
const SCALER_FITS = { 'training-rows': 'TRAINING_ROWS', 'all-rows': 'ALL_ROWS' } as const
const STRATEGIES = { 'long-flat': 'LONG_FLAT', 'long-short': 'LONG_SHORT' } as const
const EXECUTIONS = { 'next-open': 'NEXT_OPEN', 'same-close': 'SAME_CLOSE' } as const
const DEFAULT_TRAIN_SAMPLES = 200
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

interface BacktestFlags {
  readonly recipe: string
  readonly seed: number
  readonly protocol: BacktestProtocol
  readonly from?: Session
  readonly to?: Session
  readonly refitEvery?: number
  readonly window?: BacktestWindow
  readonly trainSamples?: number
  readonly scalerFit?: ScalerFit
  readonly strategy: StrategyKind
  readonly threshold: number
  readonly execution: Execution
  readonly commissionBps: number
  readonly slippageBps: number
  readonly slippageTicks: number
  readonly asOf?: Date
  readonly certify?: Session
  readonly plot?: string
  readonly follow?: string
}

/** What only a start can choose. */
const STARTING = [
  ...['recipe', 'seed', 'protocol', 'from', 'to', 'refitEvery', 'window', 'trainSamples', 'scalerFit'],
  ...['strategy', 'threshold', 'execution', 'commissionBps', 'slippageBps', 'slippageTicks', 'asOf'],
]

export function registerBacktest(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  const command = program
    .command('backtest')
    .description(
      'Forecast past sessions, each from the bars before it, and measure the results; Ctrl-C keeps what is done.',
    )
    .argument('[symbol]', "the symbol's code")
  addOptions(command).action(async (symbol: string | undefined, flags: BacktestFlags) => {
    const options = readOptions(symbol, flags, signal)
    const { runBacktestCommand } = await import('./backtest.js')
    await withPlatform({ quiet: true }, (platform) =>
      runBacktestCommand(
        { ...platform.services, work: () => platform.work({ tasks: ['backtest'], slots: 1 }) },
        terminal,
        options,
      ),
    )
  })
}

function addOptions(command: Command): Command {
  const options = [
    new Option('--recipe <name>', 'the recipe').default('seed'),
    new Option('--seed <number>', 'seed of every fit').default(0).argParser(parseWhole),
    choice('--protocol <protocol>', 'how sessions are forecast', PROTOCOLS).default(
      'WALK_FORWARD',
      'walk-forward',
    ),
    new Option(
      '--from <date>',
      'the first session to forecast, or the first bar of a fixed split (default: the earliest)',
    ).argParser(parseDate),
    new Option('--to <date>', 'the last session (default: the newest)').argParser(parseDate),
    new Option(
      '--refit-every <sessions>',
      'walk-forward: sessions that one fit serves (default: 1)',
    ).argParser(parseWhole),
    choice('--window <window>', 'walk-forward: bars that each fit sees (default: rolling)', WINDOWS),
    new Option(
      '--train-samples <number>',
      `fixed split: samples to train on (default: ${DEFAULT_TRAIN_SAMPLES})`,
    ).argParser(parseWhole),
    choice(
      '--scaler-fit <rows>',
      'fixed split: rows that the scaler sees (default: training-rows); all-rows looks ahead',
      SCALER_FITS,
    ),
    choice('--strategy <kind>', 'positions that are allowed', STRATEGIES).default('LONG_FLAT', 'long-flat'),
    new Option('--threshold <return>', 'log return that a forecast must exceed')
      .default(0)
      .argParser(parseNumber),
    choice(
      '--execution <when>',
      'price that orders are filled at; same-close is not tradable',
      EXECUTIONS,
    ).default('NEXT_OPEN', 'next-open'),
    new Option('--commission-bps <bp>', 'commission of a fill').default(1.5).argParser(parseNumber),
    new Option('--slippage-bps <bp>', 'slippage of a fill').default(2).argParser(parseNumber),
    new Option('--slippage-ticks <ticks>', 'further slippage of a fill, in ticks of its price')
      .default(0)
      .argParser(parseNumber),
    new Option(
      '--as-of <instant>',
      'use the bars as they were known then, such as 2024-07-01T18:00+09:00',
    ).argParser(parseInstant),
    new Option(
      '--certify <session>',
      'prove that no row up to this session depends on later bars, by a second run with other prices after it',
    ).argParser(parseDate),
    new Option('--plot <file.svg>', 'draw the results'),
    new Option('--follow <id>', 'follow a backtest that was started elsewhere').conflicts(STARTING),
  ]
  return options.reduce((whole, option) => whole.addOption(option), command)
}

/** @throws KospigraphError BAD_USER_INPUT where the options do not go together */
function readOptions(symbol: string | undefined, flags: BacktestFlags, signal: AbortSignal): BacktestOptions {
  const { certify, plot, follow } = flags
  if ((symbol === undefined) === (follow === undefined)) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      'Give a symbol to start a backtest of, or --follow with the id of one that was started, and not both',
    )
  }
  const what = symbol === undefined ? { follow: follow ?? '' } : startRequest(symbol, flags)
  return { what, certify, plot, signal }
}

function startRequest(symbol: string, flags: BacktestFlags): StartBacktestRequest {
  const { protocol, refitEvery, window, trainSamples, scalerFit } = flags
  const foreign =
    protocol === 'WALK_FORWARD'
      ? { '--train-samples': trainSamples, '--scaler-fit': scalerFit }
      : { '--refit-every': refitEvery, '--window': window }
  const [stray] = Object.entries(foreign).find(([, value]) => value !== undefined) ?? []
  if (stray !== undefined) {
    const other = protocol === 'WALK_FORWARD' ? 'fixed-split' : 'walk-forward'
    throw new KospigraphError('BAD_USER_INPUT', `${stray} is for --protocol ${other}`)
  }
  const {
    recipe,
    seed,
    from,
    to,
    asOf,
    strategy,
    threshold,
    execution,
    commissionBps,
    slippageBps,
    slippageTicks,
  } = flags
  return {
    symbol,
    recipe,
    seed,
    protocol,
    from,
    to,
    asOf,
    refitEvery: refitEvery ?? 1,
    window: window ?? 'ROLLING',
    trainSamples: trainSamples ?? DEFAULT_TRAIN_SAMPLES,
    scalerFit: scalerFit ?? 'TRAINING_ROWS',
    strategy: { kind: strategy, threshold, execution, commissionBps, slippageBps, slippageTicks },
  }
}

function choice(flag: string, description: string, choices: Readonly<Record<string, string>>): Option {
  const names = Object.keys(choices)
  return new Option(flag, description).choices(names).argParser((text) => {
    const chosen = choices[text]
    if (chosen === undefined || !names.includes(text)) {
      throw new InvalidArgumentError(`Allowed are ${names.join(' and ')}.`)
    }
    return chosen
  })
}

function parseNumber(text: string): number {
  if (!/^\d{1,10}(\.\d{1,10})?$/.test(text))
    throw new InvalidArgumentError('Give a number from 0, such as 1.5.')
  return Number(text)
}

function parseInstant(text: string): Date {
  const instant = new Date(text)
  if (ISO_INSTANT.test(text) && !Number.isNaN(instant.getTime())) return instant
  throw new InvalidArgumentError('Write the instant with its zone, such as 2024-07-01T18:00:00+09:00.')
}
