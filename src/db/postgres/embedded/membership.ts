/**
 * Tracks which processes use an embedded server, with advisory locks instead of files that a crash would leave behind.
 *
 * Every member holds a shared lock on a connection of its own; PostgreSQL frees it however the process dies. A member
 * that leaves tries to take the lock exclusively. If that succeeds, no other member exists and the server can stop;
 * processes that join meanwhile wait for the lock until the server has stopped, then start it again.
 */
import pg from 'pg'
import { OWNER } from './cluster.js'
import { messageOf } from '../../../errors.js'
import type { Place } from './place.js'
import { SOCKET_PORT } from './place.js'

export const DATABASE = 'kospigraph'
/** "kosp" in ASCII; no other lock in this database uses it. */
const MEMBERS_LOCK = 0x6b6f7370
const LOCK_LIMIT_MS = 20_000

/** PostgreSQL's code for a server that is starting, stopping or recovering. */
const BUSY = '57P03'
const NO_DATABASE = '3D000'
const PASSING = [
  ...['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'],
  // The last four: ended by the administrator, ended by a crash, too many connections, lock not available in time.
  ...[BUSY, NO_DATABASE, '57P01', '57P02', '53300', '55P03'],
]

export interface EmbeddedConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly ssl: false
}

export function connectionTo(sockets: Place['sockets'], database = DATABASE): EmbeddedConnection {
  return { host: sockets, port: SOCKET_PORT, user: OWNER, database, ssl: false }
}

/**
 * Connects and becomes a member. On the very first call the database is missing: it is created, and the call fails
 * with an error for which {@link mayPass} is true.
 */
export async function join(sockets: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionTo(sockets),
    application_name: 'kospigraph member',
    lock_timeout: LOCK_LIMIT_MS,
  })
  // The 'end' event reports a lost connection; without this listener the error would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT pg_advisory_lock_shared($1)', [MEMBERS_LOCK])
    await refuseStopping(client)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    if (codeOf(error) === NO_DATABASE) await createDatabase(sockets)
    throw error
  }
}

/**
 * Refuses a server that is stopping. It may end the last member's session, and free that lock, a moment before ours;
 * but before it ends any session it writes its status to `postmaster.pid`.
 */
async function refuseStopping(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ status: string | null }>(
    `SELECT split_part(pg_read_file('postmaster.pid', true), E'\\n', 8) AS status`,
  )
  const status = rows[0]?.status?.trim() ?? 'gone'
  if (status !== 'ready') throw Object.assign(new Error(`the server is ${status}`), { code: BUSY })
}

/** @returns true where no other member exists; the connection then blocks new members until it ends */
export async function leave(client: pg.Client): Promise<boolean> {
  await client.query('SELECT pg_advisory_unlock_shared($1)', [MEMBERS_LOCK])
  const { rows } = await client.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [
    MEMBERS_LOCK,
  ])
  return rows[0]?.last === true
}

async function createDatabase(sockets: string): Promise<void> {
  const client = new pg.Client(connectionTo(sockets, 'postgres'))
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(`CREATE DATABASE ${DATABASE}`)
  } catch (error) {
    // Another process is creating it at the same time.
    if (!['42P04', '23505', '55006'].includes(codeOf(error))) throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Whether to retry joining: there is no server yet, or it is starting, stopping or recovering. */
export function mayPass(error: unknown): boolean {
  return PASSING.includes(codeOf(error)) || /terminated|closed|not queryable/.test(messageOf(error))
}

/** Whether no server listens on the socket. */
export function isUnattended(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes(codeOf(error))
}

/** Whether a server listens but is starting, recovering or stopping. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY
}

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
