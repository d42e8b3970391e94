/**
 * Membership: being one of the processes that use an embedded server, without a file that a crash could leave
 * behind.
 *
 * Every user holds a shared advisory lock on a connection of its own; PostgreSQL frees it when the process
 * dies, however that happens. Who leaves tries for the lock alone: getting it means that nobody else is there,
 * and holding it keeps newcomers waiting until the server is gone, after which they start it again.
 */
import pg from 'pg'
import { OWNER } from './cluster.js'
import { messageOf } from '../../../errors.js'
import type { Place } from './place.js'
import { SOCKET_PORT } from './place.js'

export const DATABASE = 'kospigraph'
/** "kosp" in ASCII: any number that nothing else in this database locks. */
const MEMBERS_LOCK = 0x6b6f7370
const LOCK_LIMIT_MS = 20_000

/** PostgreSQL's codes for: starting up, shutting down or recovering; no such database. */
const BUSY = '57P03'
const NO_DATABASE = '3D000'
const PASSING = [
  ...['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'],
  // Ended by the administrator or a crash, too many connections, lock not available in time.
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

/** Connects and becomes a member; the first one ever makes the database, and is told to try again. */
export async function join(sockets: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionTo(sockets),
    application_name: 'kospigraph member',
    lock_timeout: LOCK_LIMIT_MS,
  })
  // A lost connection shows in 'end'; without this listener it would end the process.
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
 * The last user's lock ends with its session, which a stopping server may end a moment before ours, so that the
 * lock alone does not prove that the server stays. Before it ends any session, it notes down that it stops.
 */
async function refuseStopping(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ status: string | null }>(
    `SELECT split_part(pg_read_file('postmaster.pid', true), E'\\n', 8) AS status`,
  )
  const status = rows[0]?.status?.trim() ?? 'gone'
  if (status !== 'ready') throw Object.assign(new Error(`the server is ${status}`), { code: BUSY })
}

/** True where nobody else is a member; the connection then keeps others out until it ends. */
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
    // Two first starters make it at the same time.
    if (!['42P04', '23505', '55006'].includes(codeOf(error))) throw error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Whether joining may work a moment later: no server yet, or one that is starting, stopping or recovering. */
export function mayPass(error: unknown): boolean {
  return PASSING.includes(codeOf(error)) || /terminated|closed|not queryable/.test(messageOf(error))
}

/** Whether nobody listens on the socket at all. */
export function isUnattended(error: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes(codeOf(error))
}

/** Whether the server is there, but busy with starting, recovering or stopping. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY
}

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
