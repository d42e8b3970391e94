/** The command line: picks the command, opens what it needs, and drains on a signal. */
import 'reflect-metadata'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { runBacktestCommand } from './cli/backtests/backtest.js'
import { addBacktestOptions, readBacktestOptions } from './cli/backtests/backtest-options.js'
import type { BacktestFlags } from './cli/backtests/backtest-options.js'
import { runData } from './cli/bars/data.js'
import { runDoctor } from './cli/models/doctor.js'
import { runIngest } from './cli/bars/ingest.js'
import { runMigrate } from './cli/migrate.js'
import { parseDate, parseWhole } from './cli/terminal/option-values.js'
import { cancelNight, runNight } from './cli/nights/night.js'
import { runRetrain } from './cli/forecasts/retrain.js'
import type { RetrainServices } from './cli/forecasts/retrain.js'
import { runSync } from './cli/bars/sync.js'
import { ROLES, runServe } from './cli/serve.js'
import type { Role } from './cli/serve.js'
import { runVerify } from './cli/models/verify.js'
import { runWithdraw } from './cli/bars/withdraw.js'
import { createTerminal } from './cli/terminal/terminal.js'
import { openMigration, openPlatform, openEngineExamination } from './compose/platform.js'
import type { Platform } from './compose/platform.js'
import { parseConfig, requireSafeHost } from './config.js'
import type { Config } from './config.js'
import { systemClock } from './domain/clock.js'
import type { Session } from './domain/calendar/session.js'
import { KospigraphError } from './errors.js'
import { createLogger } from './logger.js'
import type { BarFileOptions } from './market/csv/bar-file.js'
import { parseColumnChoice } from './market/csv/column-choice.js'
import { DATE_ORDERS } from './market/csv/date-shape.js'
import { VOLUME_UNITS } from './market/csv/number-text.js'

/** How long a drain may take before it is cut short. */
const DRAIN_LIMIT_MS = 15_000
/** How long a stop that was cut short may still take to leave the database in order. */
const FORCED_EXIT_MS = 3_000
/** A second signal within this time is the first one again. */
const REPEATED_SIGNAL_MS = 1_000
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
type StopSignal = keyof typeof EXIT_CODES

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const terminal = createTerminal(process.stdout, process.stderr)
const stop = new AbortController()
let stopped: { readonly signal: StopSignal; readonly atMs: number } | undefined
let opened: { abandon(): Promise<void> } | undefined
let databaseLost = false

interface CommandOptions {
  /** Commands that end by themselves only log what goes wrong. */
  readonly quiet: boolean
  /** Looked at before anything is opened. */
  readonly check?: (config: Config) => unknown
}

interface IngestFlags extends BarFileOptions {
  readonly skipInvalid: boolean
  readonly acceptAdjustments: boolean
}

interface SyncFlags {
  readonly symbol?: readonly string[]
  readonly from?: Session
  readonly full: boolean
  readonly acceptAdjustments: boolean
}

/** Runs a command over an open platform and closes it, however the command ends. */
async function withPlatform(
  { quiet, check }: CommandOptions,
  command: (platform: Platform, config: Config) => Promise<number>,
): Promise<void> {
  const config = parseConfig(process.env, defaultFolder())
  check?.(config)
  const log = createLogger(quiet && config.logLevel === 'info' ? { ...config, logLevel: 'warn' } : config)
  const platform = await openPlatform(config, log, systemClock, () => {
    databaseLost = true
    stop.abort(new KospigraphError('DATABASE', 'the database is gone'))
  })
  opened = platform
  try {
    const code = await command(platform, config)
    process.exitCode = databaseLost ? 1 : code
  } finally {
    await platform.close()
  }
}

/** A checkout keeps its data in itself, wherever in it the command runs; an installed program where it is run. */
function defaultFolder(): string {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  return existsSync(path.join(root, 'scripts/build.js')) ? root : process.cwd()
}

const program = new Command('kospigraph')
  .description('Daily KOSPI bars, a model refitted on every window, and an honest forecast, over GraphQL.')
  .version(version)
  .showHelpAfterError('(kospigraph --help lists the commands)')

program
  .command('serve')
  .description('Serve GraphQL; an empty database first gets a simulated sample market.')
  .option('--no-sample', 'leave an empty database empty')
  .addOption(
    new Option('--role <role>', 'serve GraphQL, take jobs from the queue, ask for nights, or all of it')
      .choices(ROLES)
      .default('all'),
  )
  .action(({ sample, role }: { sample: boolean; role: Role }) =>
    withPlatform(
      {
        quiet: false,
        check: (config) => role === 'worker' || role === 'scheduler' || requireSafeHost(config),
      },
      (platform, config) =>
        runServe({
          terminal,
          version,
          sample,
          role,
          signal: stop.signal,
          database: platform.database,
          loadSampleMarket: platform.services.loadSampleMarket,
          work: () => platform.work(),
          schedule: () => platform.schedule(),
          listen: () => platform.listen(),
          reportHealth: () => platform.reportHealth(),
          pageOpens: config.apiToken === undefined,
        }),
    ),
  )

program
  .command('migrate')
  .description('Bring the database and its job queue to what this version needs, and end; serve does so too.')
  .action(async () => {
    const config = parseConfig(process.env, defaultFolder())
    const log = createLogger(config.logLevel === 'info' ? { ...config, logLevel: 'warn' } : config)
    const migration = await openMigration(config, log)
    opened = migration
    try {
      const { database } = migration
      process.exitCode = await runMigrate({
        terminal,
        version,
        database,
        migrate: () => migration.migrate(),
      })
    } finally {
      await migration.close()
    }
  })

program
  .command('ingest')
  .description(
    'Take daily bars in from a CSV file (.csv or .csv.gz) as vendors export it; docs/FORMATS.md lists the formats.',
  )
  .argument('<file>', 'the file')
  .option('--symbol <code>', 'whose bars they are; not needed where the file has a symbol column')
  .addOption(
    new Option(
      '--columns <choice>',
      'where fields are, by name or position: date=1,open=2,high=3,low=4,close=5,volume=6',
    ).argParser(parseColumnChoice),
  )
  .addOption(
    new Option('--date-order <order>', 'how dates such as 1/2/24 are meant, if no row shows it').choices(
      DATE_ORDERS,
    ),
  )
  .addOption(
    new Option(
      '--volume-unit <unit>',
      "what the volume counts, if not what the format's default says",
    ).choices(VOLUME_UNITS),
  )
  .option('--skip-invalid', 'store the good rows and leave out the bad ones', false)
  .option('--accept-adjustments', 'let back-adjusted prices, as after a split, replace stored ones', false)
  .action((file: string, { skipInvalid, acceptAdjustments, ...reading }: IngestFlags) =>
    withPlatform({ quiet: true }, ({ services }) =>
      runIngest(services.ingestBars, terminal, {
        file,
        reading,
        skipInvalid,
        acceptAdjustments,
        signal: stop.signal,
      }),
    ),
  )

program
  .command('data')
  .description('Print what is stored of a symbol, what is missing, and where it came from.')
  .argument('<symbol>', 'its code')
  .action((symbol: string) =>
    withPlatform({ quiet: true }, ({ services, calendar }) =>
      runData({ market: services.market, calendar }, terminal, { symbol }),
    ),
  )

program
  .command('withdraw')
  .description('Take bars back that turn out never to have happened; what was known of them is kept.')
  .argument('<sessions...>', 'the sessions, YYYY-MM-DD', collectDates)
  .requiredOption('--symbol <code>', 'whose bars they are')
  .requiredOption('--reason <text>', 'why, for people who wonder later')
  .action((sessions: Session[], options: { symbol: string; reason: string }) =>
    withPlatform({ quiet: true }, ({ services }) =>
      runWithdraw(services.withdrawBars, terminal, { ...options, sessions }),
    ),
  )

program
  .command('sync')
  .description(
    'Fetch bars from the providers that PROVIDERS names, up to the newest session that has closed.',
  )
  .option('--symbol <code...>', 'only these; otherwise every symbol that has a provider')
  .addOption(
    new Option('--from <date>', 'where to begin, if not a few sessions before the last stored bar').argParser(
      parseDate,
    ),
  )
  .option('--full', 'ask for the whole history', false)
  .option(
    '--accept-adjustments',
    'let back-adjusted prices, as after a split, replace all stored ones of a symbol',
    false,
  )
  .action(({ symbol: symbols, ...options }: SyncFlags) =>
    withPlatform({ quiet: true }, ({ services }) =>
      runSync(services.syncBars, terminal, { ...options, symbols, signal: stop.signal }),
    ),
  )

program
  .command('retrain')
  .description('Fit a recipe to the newest training window, store the version, forecast the next session.')
  .requiredOption('--symbol <code>', 'what to fit')
  .option('--recipe <name>', 'the recipe', 'seed')
  .addOption(
    new Option('--seed <number>', 'seed of weights and batch orders').default(0).argParser(parseWhole),
  )
  .addOption(
    new Option('--as-of-session <date>', 'let no bar after this session be seen').argParser(parseDate),
  )
  .action((options: { symbol: string; recipe: string; seed: number; asOfSession?: Session }) =>
    withPlatform({ quiet: true }, async (platform) => {
      // Whoever is free does it: a worker that serves, or this process.
      await platform.work({ tasks: ['retrain'], slots: 1 })
      const { asOfSession } = options
      const { market, models, forecasts, runs } = platform.services
      const services: RetrainServices = {
        market,
        models,
        forecasts,
        retrain: (request, following) => runs.retrain(request, following),
      }
      return runRetrain(services, terminal, { ...options, asOfSession, signal: stop.signal })
    }),
  )

addBacktestOptions(
  program
    .command('backtest')
    .description(
      'Forecast sessions that have happened, each from bars before it, and say what that was worth; Ctrl-C keeps what is done.',
    )
    .argument('[symbol]', 'what to forecast'),
).action((symbol: string | undefined, flags: BacktestFlags) => {
  const options = readBacktestOptions(symbol, flags, stop.signal)
  return withPlatform({ quiet: true }, (platform) =>
    runBacktestCommand(
      { ...platform.services, work: () => platform.work({ tasks: ['backtest'], slots: 1 }) },
      terminal,
      options,
    ),
  )
})

program
  .command('night')
  .description(
    'Run the night of the newest session now: fetch bars, fit every recipe to every symbol, issue the forecasts.',
  )
  .option('--cancel <reason>', 'instead, end the one that runs or waits for bars; what it has issued stands')
  .action(({ cancel }: { cancel?: string }) =>
    withPlatform({ quiet: true }, async (platform) => {
      if (cancel !== undefined) return cancelNight(platform.services, terminal, cancel)
      // Whoever is free does it: workers that serve, or this process.
      await platform.work({ tasks: ['night', 'nightChunk'] })
      return runNight(platform.services, terminal, { signal: stop.signal })
    }),
  )

program
  .command('doctor')
  .description('Print engines, devices and their speed here, and what 1, 100 and 2,000 fits would run on.')
  .action(async () => {
    const config = parseConfig(process.env, defaultFolder())
    const log = createLogger({ ...config, logLevel: config.logLevel === 'debug' ? 'debug' : 'error' })
    const examination = await openEngineExamination(config, log, systemClock)
    try {
      const node = process.versions.node
      process.exitCode = await runDoctor(examination.examineEngines, terminal, {
        version,
        node,
        setting: config.mlEngine,
        signal: stop.signal,
      })
    } finally {
      await examination.close()
    }
  })

program
  .command('verify')
  .description('Fit a stored model version again from the stored bars and compare every byte.')
  .argument('<id>', 'id of the version, as retrain prints it')
  .action((id: string) =>
    withPlatform({ quiet: true }, ({ services }) =>
      runVerify(services.verifyModelVersion, terminal, { id: id.toLowerCase(), signal: stop.signal }),
    ),
  )

function collectDates(text: string, before: Session[] | undefined): Session[] {
  return [...(before ?? []), parseDate(text)]
}

function onSignal(signal: StopSignal): void {
  if (stopped) {
    // npm hands a signal on that the terminal has sent to the whole group already: one press, two signals.
    if (performance.now() - stopped.atMs < REPEATED_SIGNAL_MS) return
    forceExit('Stopping at once.', signal)
    return
  }
  stopped = { signal, atMs: performance.now() }
  stop.abort(new KospigraphError('ABORTED', `stopped by ${signal}`))
  const tooLong = `Still not done after ${DRAIN_LIMIT_MS / 1_000} s; stopping at once.`
  // Unreferenced: it holds nobody back, and ends a drain that something holds up.
  setTimeout(() => forceExit(tooLong, signal), DRAIN_LIMIT_MS).unref()
}

/** Leaves work undone, but not an embedded PostgreSQL behind. */
function forceExit(reason: string, signal: StopSignal): void {
  terminal.note(reason)
  const exit = (): never => process.exit(EXIT_CODES[signal])
  setTimeout(exit, FORCED_EXIT_MS)
  if (opened) void opened.abandon().then(exit, exit)
  else exit()
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read the output has gone, as `head` does: no reason for a trace.
    if (error.code !== 'EPIPE') throw error
    stop.abort(new KospigraphError('ABORTED', 'nobody reads the output'))
  })
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof KospigraphError) terminal.note(`${error.code}: ${error.message}`)
  else console.error(error)
  process.exitCode = stopped ? EXIT_CODES[stopped.signal] : 1
}
