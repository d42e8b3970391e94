/**
 * Opens and closes the embedded PostgreSQL: a real server on a unix socket. Every Kospigraph process with the same
 * home shares it, and the last one to close stops it.
 *
 *     open ─ join ok ──────────────────────────► member ─ close, last ──► stopped
 *       │      ▲                                   │  └── close, not last ► left
 *       └ no server ► start ► wait ─────┘          └ connection lost ► join again
 */
import type pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { KospigraphError, messageOf } from '../../../errors.js'
import type { Binaries } from './binaries.js'
import { findBinaries } from './binaries.js'
import { ensureCluster } from './cluster.js'
import type { EmbeddedConnection } from './membership.js'
import { connectionTo, isBusy, isUnattended, join, leave, mayPass } from './membership.js'
import type { Place } from './place.js'
import { preparePlace } from './place.js'
import type { ServerSettings, Starting } from './server.js'
import { findPostmaster, startServer, stopServer, wasOccupied } from './server.js'

export type { EmbeddedConnection } from './membership.js'

/** Longest wait for a server that refuses connections; a recovering server reports that and gets the longer limit. */
const JOIN_LIMIT_MS = 20_000
const RECOVERY_LIMIT_MS = 600_000
const POLL_MS = 10
const REJOIN_PAUSE_MS = 500

export interface EmbeddedOptions {
  /** The data home, such as `/path/.kospigraph`; the database gets a folder in it. */
  readonly home: string
  readonly log: (line: string) => void
  /** PostgreSQL settings for the server, if this process starts it. */
  readonly settings?: ServerSettings
  /** Called when the connection was lost and reconnecting failed. */
  readonly onLost?: (error: Error) => void
}

export interface EmbeddedDatabase {
  readonly connection: EmbeddedConnection
  /** The folder that holds the data. */
  readonly location: string
  /** One line for people: the server's version and its folder. */
  readonly describe: string
  /** Leaves, and stops the server if no other process uses it. The caller ends its own connections first. */
  close(): Promise<void>
}

/**
 * Creates the cluster if it is missing, starts the server if none runs, and joins it.
 * @throws KospigraphError DATABASE where the server cannot run or does not start
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  if (process.platform === 'win32') {
    throw new KospigraphError(
      'DATABASE',
      'The embedded PostgreSQL does not run on Windows; set DATABASE_URL to a PostgreSQL server (14 or later)',
    )
  }
  const place = await preparePlace(options.home, options.log)
  const binaries = await findBinaries(place, options.log)
  const session = new Session(place, binaries, options)
  const sockets = await session.open()
  return {
    connection: connectionTo(sockets),
    location: place.folder,
    describe: `embedded PostgreSQL ${binaries.major} in ${place.folder}`,
    close: () => session.close(),
  }
}

/** This process's membership from open to close, across reconnects. */
class Session {
  private client: pg.Client | undefined
  private closing: Promise<void> | undefined
  private rejoining: Promise<void> | undefined

  constructor(
    private readonly place: Place,
    private readonly binaries: Binaries,
    private readonly options: EmbeddedOptions,
  ) {}

  /** @returns the folder of the socket */
  async open(): Promise<string> {
    const { place, binaries } = this
    const settings = this.options.settings ?? {}
    await ensureCluster(place, binaries, { durable: settings['fsync'] !== 'off' })
    const { client, sockets } = await this.joinOrStart(settings)
    this.client = client
    client.once('end', () => {
      if (!this.isClosing()) this.rejoining = this.rejoin()
    })
    return sockets
  }

  close(): Promise<void> {
    this.closing ??= this.depart()
    return this.closing
  }

  private isClosing(): boolean {
    return this.closing !== undefined
  }

  private async depart(): Promise<void> {
    await this.rejoining
    const { client, place } = this
    if (!client) return
    try {
      if (!(await leave(client))) return
      const postmaster = await findPostmaster(place)
      if (postmaster && !(await stopServer(place, postmaster))) {
        this.options.log(
          `PostgreSQL in ${place.folder} is still writing; it stops by itself when it has finished.`,
        )
      }
    } catch (error) {
      // Another process left at the same moment and is stopping the server.
      if (mayPass(error)) return
      this.options.log(
        `PostgreSQL in ${place.folder} could not be stopped and keeps running: ${messageOf(error)}.`,
      )
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  /** Reconnects after the server crashed or was stopped by hand. */
  private async rejoin(): Promise<void> {
    const { place, options } = this
    this.client = undefined
    options.log(`The connection to PostgreSQL in ${place.folder} was lost; reconnecting.`)
    try {
      await sleep(REJOIN_PAUSE_MS)
      if (this.isClosing()) return
      await this.open()
      options.log(`PostgreSQL in ${place.folder} is back.`)
    } catch (error) {
      if (this.isClosing()) return
      options.log(`PostgreSQL in ${place.folder} could not be reached again: ${messageOf(error)}`)
      options.onLost?.(error instanceof Error ? error : new Error(messageOf(error)))
    }
  }

  private async joinOrStart(settings: ServerSettings): Promise<{ client: pg.Client; sockets: string }> {
    const { place, binaries } = this
    const begun = Date.now()
    let starting: Starting | undefined
    for (;;) {
      const postmaster = await findPostmaster(place)
      const sockets = postmaster?.sockets ?? place.sockets
      try {
        return { client: await join(sockets), sockets }
      } catch (error) {
        const complaint = starting?.ended?.complaint
        if (complaint !== undefined && !wasOccupied(complaint)) throw this.startFailure(complaint, error)
        if (starting?.ended) starting = undefined
        const limit = starting || isBusy(error) ? RECOVERY_LIMIT_MS : JOIN_LIMIT_MS
        if (!mayPass(error) || this.isClosing() || Date.now() - begun > limit) {
          throw this.startFailure(complaint ?? messageOf(error), error)
        }
        if (isUnattended(error) && !postmaster) starting ??= await startServer(place, binaries, settings)
      }
      await sleep(POLL_MS)
    }
  }

  private startFailure(reason: string, cause: unknown): KospigraphError {
    return new KospigraphError(
      'DATABASE',
      `PostgreSQL in ${this.place.folder} did not start: ${reason}\nFix that and start again, or set DATABASE_URL; its log is ${this.place.log}`,
      { cause },
    )
  }
}
