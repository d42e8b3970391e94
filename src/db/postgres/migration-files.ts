/** Reads the migrations that ship with this program: `prisma/migrations/<name>/migration.sql`, ordered by name. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { KospigraphError, messageOf } from '../../errors.js'

/** Relative to `dist/src/db/postgres`, the same in a checkout and in an image. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url))

export interface MigrationFile {
  /** The folder's name: a timestamp, then a short title. */
  readonly name: string
  readonly sql: string
}

export async function readMigrationFiles(folder: string): Promise<readonly MigrationFile[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    return await Promise.all(
      names.sort().map(async (name) => ({
        name,
        sql: await readFile(path.join(folder, name, 'migration.sql'), 'utf8'),
      })),
    )
  } catch (error) {
    throw new KospigraphError(
      'DATABASE',
      `The migrations in ${folder} cannot be read: ${messageOf(error)}; reinstall Kospigraph, or restore the folder from its repository`,
      { cause: error },
    )
  }
}

/** Computed as Prisma does (hex SHA-256 of the file), so that its command line accepts the same database. */
export function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}

/** Whether `checksum` belongs to `sql` with either kind of line ends: a checkout on Windows may have changed them. */
export function matchesChecksum(sql: string, checksum: string): boolean {
  const unix = sql.replaceAll('\r\n', '\n')
  return [sql, unix, unix.replaceAll('\n', '\r\n')].some((variant) => checksumOf(variant) === checksum)
}
