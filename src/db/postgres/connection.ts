/**
 * Connects to PostgreSQL: one `pg.Pool`, which hot paths query directly and Prisma shares.
 *
 * Column types in JavaScript through the pool: `date` is a string (`YYYY-MM-DD`; a `Date` per row would cost time and
 * depend on time zones), `int8` a string (pg's default, which libraries on the same pool rely on; readers make it a
 * bigint or cast it in SQL), `float8` a number, `timestamptz` a `Date`. Prisma has its own parsers.
 */
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { KospigraphError, messageOf } from '../../errors.js'
import { PrismaClient } from '../generated/client.js'

/** Where a database is and who connects; a host that starts with `/` is a unix socket's folder. */
export type DatabaseConnection = Pick<
  pg.PoolConfig,
  'host' | 'port' | 'user' | 'password' | 'database' | 'ssl' | 'options'
>

const OLDEST_MAJOR = 14
const DATE = 1082
const DATE_ARRAY = 1182

const readDate = (text: string): string => text
const readDates = (text: string): (string | null)[] =>
  text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((date) => (date === 'NULL' ? null : date))

const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    const id: number = oid
    if (format !== 'binary' && id === DATE) return readDate
    if (format !== 'binary' && id === DATE_ARRAY) return readDates
    return pg.types.getTypeParser(oid, format) as unknown
  },
}

const NAMES_DATABASE = /^\w+:\/\/[^/?]*\/[^?]+/

/**
 * Parses a `postgres://` URL without connecting.
 * @throws KospigraphError CONFIGURATION where it is not one, names no database, or names a schema other than public
 */
export function parseDatabaseUrl(text: string): DatabaseConnection {
  const remedy = 'write it as postgres://user:password@host:5432/database'
  if (!/^postgres(ql)?:\/\//.test(text)) {
    // The text itself may hold a password, so it is not repeated.
    throw new KospigraphError('CONFIGURATION', `DATABASE_URL is not a PostgreSQL URL; ${remedy}`)
  }
  // A URL for a unix socket has no host, which `URL` itself refuses.
  const parameters = new URLSearchParams(text.split('?')[1])
  const schema = parameters.get('schema')
  if (schema !== null && schema !== 'public') {
    throw new KospigraphError(
      'CONFIGURATION',
      `DATABASE_URL names the schema "${schema}", but Kospigraph uses "public"; give it a database of its own and remove schema=`,
    )
  }
  try {
    // pg would use the user's name as the database, and the migrations would go to an unexpected place.
    if (!NAMES_DATABASE.test(text)) throw new Error('it names no database')
    const { host, port, user, password, database, ssl } = new pg.Client({ connectionString: text })
    const options = parameters.get('options')
    return {
      host,
      port,
      ...(user === undefined ? {} : { user }),
      ...(password ? { password } : {}),
      ...(database === undefined ? {} : { database }),
      ssl,
      ...(options === null ? {} : { options }),
    }
  } catch (error) {
    throw new KospigraphError(
      'CONFIGURATION',
      `DATABASE_URL cannot be used: ${messageOf(error)}; ${remedy}`,
      {
        cause: error,
      },
    )
  }
}

/** Names a database in messages as host:port/database, without user and password. */
export function describeConnection(connection: DatabaseConnection): string {
  return `${connection.host ?? 'localhost'}:${connection.port ?? 5432}/${connection.database ?? ''}`
}

export interface PoolOptions {
  /** Largest number of open connections. */
  readonly max: number
  /** Called when an idle connection broke; the pool replaces it. */
  readonly onIdleError?: (error: Error) => void
}

export function createPool(connection: DatabaseConnection, options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connection,
    max: options.max,
    types,
    application_name: 'kospigraph',
    options: [connection.options, '-c TimeZone=UTC -c DateStyle=ISO'].filter(Boolean).join(' '),
  })
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on('error', (error) => options.onIdleError?.(error))
  // A connection in use fails its query, which reports the error; without this listener it would also end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** Creates a Prisma client over the pool. Disconnecting it leaves the pool open. */
export function createPrisma(pool: pg.Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) })
}

/** @throws KospigraphError DATABASE where the server cannot be reached or is older than PostgreSQL 14 */
export async function checkServerVersion(pool: pg.Pool): Promise<void> {
  const where = describeConnection(pool.options)
  let version: { readonly number: number; readonly text: string } | undefined
  try {
    const { rows } = await pool.query<{ number: number; text: string }>(
      `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`,
    )
    version = rows[0]
  } catch (error) {
    throw new KospigraphError(
      'DATABASE',
      `PostgreSQL at ${where} cannot be used: ${reasonOf(error)}; check that it runs and has this database, or correct DATABASE_URL, or unset DATABASE_URL to use the embedded PostgreSQL`,
      { cause: error },
    )
  }
  if (version && version.number < OLDEST_MAJOR * 10_000) {
    throw new KospigraphError(
      'DATABASE',
      `PostgreSQL at ${where} is version ${version.text}, older than ${OLDEST_MAJOR}; upgrade it, or unset DATABASE_URL to use the embedded PostgreSQL`,
    )
  }
}

/** Joins the messages of an AggregateError: Node throws one, with an empty message, when every address failed. */
function reasonOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join('; ') : messageOf(error)
}
