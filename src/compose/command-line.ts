/** Runs a command: opens the platform, migration or engines that it needs, and closes them even if it fails. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseConfig, requireSafeHost } from '../config.js'
import type { Config } from '../config.js'
import type {
  CommandEngines,
  CommandMigration,
  CommandPlatform,
  PlatformOptions,
} from '../cli/command-context.js'
import { requireFreePorts } from './free-ports.js'
import { systemClock } from '../domain/clock.js'
import { KospigraphError } from '../errors.js'
import { createLogger } from '../logger.js'
import type { Logger } from '../logger.js'
import type { Shutdown } from '../shutdown.js'

/** The process that a command runs in. */
export interface Host {
  readonly environment: NodeJS.ProcessEnv
  readonly shutdown: Shutdown
}

export async function withPlatform(
  { environment, shutdown }: Host,
  { quiet, listens = [] }: PlatformOptions,
  command: (platform: CommandPlatform) => Promise<number>,
): Promise<void> {
  const config = readConfig(environment)
  if (listens.includes('graphql')) requireSafeHost(config)
  await requireFreePorts(config, listens)
  const log = quiet ? createQuietLogger(config) : createLogger(config)
  const database = { isLost: false }
  const { openPlatform } = await import('./platform.js')
  const platform = await openPlatform(config, log, systemClock, () => {
    database.isLost = true
    shutdown.stop(
      new KospigraphError('DATABASE', 'the database was lost; look up the reason in the log and start again'),
    )
  })
  shutdown.opened(platform)
  try {
    const code = await command({ ...platform, needsToken: config.apiToken !== undefined })
    process.exitCode = database.isLost ? 1 : code
  } finally {
    await platform.close()
  }
}

export async function withMigration(
  { environment, shutdown }: Host,
  command: (migration: CommandMigration) => Promise<number>,
): Promise<void> {
  const config = readConfig(environment)
  const { openMigration } = await import('./migration.js')
  const migration = await openMigration(config, createQuietLogger(config))
  shutdown.opened(migration)
  try {
    process.exitCode = await command(migration)
  } finally {
    await migration.close()
  }
}

export async function withEngines(
  { environment }: Host,
  command: (engines: CommandEngines) => Promise<number>,
): Promise<void> {
  const config = readConfig(environment)
  const log = createLogger({ ...config, logLevel: config.logLevel === 'debug' ? 'debug' : 'error' })
  const { openEngineExamination } = await import('./engine-examination.js')
  const examination = await openEngineExamination(config, log, systemClock)
  try {
    process.exitCode = await command({ examineEngines: examination.examineEngines, setting: config.mlEngine })
  } finally {
    await examination.close()
  }
}

function readConfig(environment: NodeJS.ProcessEnv): Config {
  return parseConfig(environment, defaultFolder())
}

/** Base of relative paths: the root of a checkout, or the working directory of an installed program. */
function defaultFolder(): string {
  // The compiled file lies in dist/src/compose.
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  return existsSync(path.join(root, 'scripts/build.js')) ? root : process.cwd()
}

/** The log of a short command: the level of LOG_LEVEL, except that info becomes warn. */
function createQuietLogger(config: Config): Logger {
  return createLogger(config.logLevel === 'info' ? { ...config, logLevel: 'warn' } : config)
}
