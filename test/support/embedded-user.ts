/**
 * A process that uses an embedded database, for tests of several of them: `node embedded-user.js HOME [TIMES]`. It
 * opens the database and prints `open`; on SIGINT or SIGTERM it closes and prints `closed`. With TIMES it opens,
 * queries and closes that often by itself.
 */
import { createPool } from '../../src/db/postgres/connection.js'
import type { EmbeddedDatabase } from '../../src/db/postgres/embedded/embedded-database.js'
import { openEmbeddedDatabase } from '../../src/db/postgres/embedded/embedded-database.js'

const [home = '', times = '0'] = process.argv.slice(2)

function open(): Promise<EmbeddedDatabase> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  return openEmbeddedDatabase({ home, log, settings: { fsync: 'off' } })
}

async function ask(database: EmbeddedDatabase): Promise<void> {
  const pool = createPool(database.connection, { max: 1 })
  await pool.query('SELECT 1')
  await pool.end()
}

async function openOften(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    const database = await open()
    await ask(database)
    await database.close()
  }
  process.stdout.write('closed\n')
}

async function openUntilSignal(): Promise<void> {
  const database = await open()
  const closeDown = async (): Promise<void> => {
    // As in a drain: the server must still run.
    await ask(database)
    await database.close()
    process.stdout.write('closed\n')
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void closeDown())
  process.stdout.write('open\n')
}

// The test holds the other end, and this process is in no group that ends with the tests.
process.stdin.once('close', () => process.exit(1)).resume()
process.stdin.unref()
await (Number(times) > 0 ? openOften(Number(times)) : openUntilSignal())
