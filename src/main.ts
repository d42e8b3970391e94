/** The command line: picks the command, opens what it needs, and drains on a signal. */
import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { runIngest } from './cli/ingest.js'
import { runRetrain } from './cli/retrain.js'
import { runServe } from './cli/serve.js'
import { createTerminal } from './cli/terminal.js'
import { openPlatform } from './compose.js'
import type { Platform } from './compose.js'
import { parseConfig, requireSafeHost } from './config.js'
import type { Config } from './config.js'
import { systemClock } from './domain/clock.js'
import { isLocalDate } from './domain/session.js'
import type { Session } from './domain/session.js'
import { KospigraphError } from './errors.js'
import { startServer } from './graphql/server.js'
import { createLogger } from './logger.js'

/** How long a drain may take before the process ends anyway. */
const DRAIN_LIMIT_MS = 15_000
/** A second signal within this time is the first one again. */
const REPEATED_SIGNAL_MS = 1_000
const EXIT_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 }

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const terminal = createTerminal(process.stdout, process.stderr)
const stop = new AbortController()
let stoppedAtMs = 0

/** Runs a command over an open platform and closes it, however the command ends. */
async function withPlatform(
  quiet: boolean,
  command: (platform: Platform, config: Config) => Promise<number>,
): Promise<void> {
  const config = parseConfig(process.env, process.cwd())
  const log = createLogger(quiet && config.logLevel === 'info' ? { ...config, logLevel: 'warn' } : config)
  const platform = await openPlatform(config, log, systemClock)
  try {
    process.exitCode = await command(platform, config)
  } finally {
    await platform.close()
  }
}

const program = new Command('kospigraph')
  .description('Daily KOSPI bars, a model refitted on every window, and an honest forecast, over GraphQL.')
  .version(version)
  .showHelpAfterError('(kospigraph --help lists the commands)')

program
  .command('serve')
  .description('Serve GraphQL; an empty database first gets a simulated sample market.')
  .option('--no-sample', 'leave an empty database empty')
  .action(async ({ sample }: { sample: boolean }) => {
    const config = parseConfig(process.env, process.cwd())
    requireSafeHost(config)
    await withPlatform(false, (platform) => {
      const { services } = platform
      const log = createLogger(config)
      return runServe({
        terminal,
        version,
        sample,
        signal: stop.signal,
        database: platform.database,
        loadSampleMarket: services.loadSampleMarket,
        listen: () =>
          startServer({ ...config, services, log, checkDatabase: () => platform.checkDatabase() }),
        pageOpens: config.apiToken === undefined,
      })
    })
  })

program
  .command('ingest')
  .description('Take bars in from a CSV file (.csv or .csv.gz) with Date, Open, High, Low, Close and Volume.')
  .argument('<file>', 'the file')
  .option('--symbol <code>', 'whose bars they are; not needed where the file has a symbol column')
  .option('--skip-invalid', 'store the good rows and leave out the bad ones', false)
  .action((file: string, { symbol, skipInvalid }: { symbol?: string; skipInvalid: boolean }) =>
    withPlatform(true, ({ services }) =>
      runIngest(services.ingestBars, terminal, { file, symbol, skipInvalid, signal: stop.signal }),
    ),
  )

program
  .command('retrain')
  .description('Fit a recipe to the newest training window, store the version, forecast the next session.')
  .requiredOption('--symbol <code>', 'what to fit')
  .option('--recipe <name>', 'the recipe', 'seed')
  .addOption(
    new Option('--seed <number>', 'seed of weights and batch orders').default(0).argParser(parseSeed),
  )
  .addOption(
    new Option('--as-of-session <date>', 'let no bar after this session be seen').argParser(parseDate),
  )
  .action((options: { symbol: string; recipe: string; seed: number; asOfSession?: Session }) =>
    withPlatform(true, ({ services }) =>
      runRetrain(services, terminal, { ...options, asOfSession: options.asOfSession, signal: stop.signal }),
    ),
  )

function parseSeed(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0.')
  return Number(text)
}

function parseDate(text: string): Session {
  if (!isLocalDate(text)) throw new InvalidArgumentError('Write the date as YYYY-MM-DD.')
  return text
}

function onSignal(signal: NodeJS.Signals): void {
  if (stop.signal.aborted) {
    // npm hands a signal on that the terminal has sent to the whole group already: one press, two signals.
    if (performance.now() - stoppedAtMs < REPEATED_SIGNAL_MS) return
    terminal.note('Stopping at once.')
    process.exit(EXIT_CODES[signal])
  }
  stoppedAtMs = performance.now()
  process.exitCode = EXIT_CODES[signal] ?? 1
  stop.abort(new KospigraphError('ABORTED', `stopped by ${signal}`))
  // Unreferenced: it holds nobody back, and ends a drain that something holds up.
  setTimeout(() => {
    terminal.note(`Still not done after ${DRAIN_LIMIT_MS / 1_000} s; stopping at once.`)
    process.exit()
  }, DRAIN_LIMIT_MS).unref()
}

process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)

try {
  await program.parseAsync()
} catch (error) {
  const stopped = error instanceof KospigraphError && error.code === 'ABORTED'
  if (error instanceof KospigraphError) terminal.note(`${error.code}: ${error.message}`)
  else console.error(error)
  if (!stopped) process.exitCode = 1
}
