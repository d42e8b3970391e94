/** What the program hands to every command: where to write, when to stop, and how to open what the command needs. */
import type { Calendar } from '../domain/calendar/calendar.js'
import type { TaskName } from '../domain/queue/job.js'
import type { Backtests } from '../services/backtests/backtests.js'
import type { CertifyBacktest } from '../services/backtests/certify-backtest.js'
import type { StartBacktest } from '../services/backtests/start-backtest.js'
import type { IngestBars } from '../services/bars/ingest-bars.js'
import type { Instruments } from '../services/bars/instruments.js'
import type { MarketData } from '../services/bars/market-data.js'
import type { LoadSampleMarket } from '../services/nights/sample-market.js'
import type { CorporateActions } from '../services/bars/actions/corporate-actions.js'
import type { WithdrawBars } from '../services/bars/withdraw-bars.js'
import type { ExamineEngines } from '../services/models/doctor.js'
import type { Forecasts } from '../services/forecasts/forecasts.js'
import type { ModelVersions } from '../services/models/model-versions.js'
import type { Runs } from '../services/models/runs.js'
import type { VerifyModelVersion } from '../services/models/verify-model-version.js'
import type { Nights } from '../services/nights/nights.js'
import type { ScheduleNights } from '../services/nights/schedule-nights.js'
import type { ImportListings } from '../services/sync/import-listings.js'
import type { ProviderStatuses } from '../services/sync/provider-status.js'
import type { SyncBars } from '../services/sync/sync-bars.js'
import type { Terminal } from './terminal/terminal.js'

export interface CommandServices {
  readonly market: MarketData
  readonly instruments: Instruments
  readonly ingestBars: IngestBars
  readonly withdrawBars: WithdrawBars
  readonly corporateActions: CorporateActions
  readonly syncBars: SyncBars
  readonly importListings: ImportListings
  readonly providers: ProviderStatuses
  readonly models: ModelVersions
  readonly forecasts: Forecasts
  readonly runs: Runs
  readonly verifyModelVersion: VerifyModelVersion
  readonly startBacktest: StartBacktest
  readonly backtests: Backtests
  readonly certifyBacktest: CertifyBacktest
  readonly nights: Nights
  readonly scheduleNights: ScheduleNights
  readonly loadSampleMarket: LoadSampleMarket
}

/** A platform over an open database. */
export interface CommandPlatform {
  readonly services: CommandServices
  readonly calendar: Calendar
  /** Names the database, for people. */
  readonly database: string
  /** Whether every request needs a bearer token. */
  readonly needsToken: boolean
  /** Takes jobs from the queue until the command ends: all tasks, or those named. */
  work(options?: {
    readonly tasks?: readonly TaskName[]
    readonly slots?: number
  }): Promise<{ readonly slots: number }>
  schedule(): Promise<{ readonly expression: string; readonly timeZone: string }>
  listen(): Promise<{ readonly url: string; close(): Promise<void> }>
  /** Undefined where no port is configured for it. */
  reportHealth(): Promise<{ readonly url: string } | undefined>
}

export interface PlatformOptions {
  /** Whether only warnings are logged: for commands that end by themselves. */
  readonly quiet: boolean
  /** What will be served: an address that is taken, or must not be used, is refused before anything is opened. */
  readonly listens?: readonly ('graphql' | 'health')[]
}

/** A database that nothing has been built upon. */
export interface CommandMigration {
  readonly database: string
  /** Applies what the database lacks. */
  migrate(): Promise<{
    /** Names of the migrations, in order. */
    readonly applied: readonly string[]
    /** Number of the job queue's own migrations. */
    readonly queue: number
  }>
}

/** The engines, without a database. */
export interface CommandEngines {
  readonly examineEngines: ExamineEngines
  /** ML_ENGINE. */
  readonly setting: string
}

/** Each `with…` opens what its command needs, sets the exit code that the command returns, and closes. */
export interface CommandContext {
  readonly version: string
  readonly terminal: Terminal
  /** Aborts when the program is to stop. */
  readonly signal: AbortSignal
  readonly withPlatform: (
    options: PlatformOptions,
    command: (platform: CommandPlatform) => Promise<number>,
  ) => Promise<void>
  readonly withMigration: (command: (migration: CommandMigration) => Promise<number>) => Promise<void>
  readonly withEngines: (command: (engines: CommandEngines) => Promise<number>) => Promise<void>
}
