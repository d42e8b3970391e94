import { execFile } from 'node:child_process'
import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool } from '../../../src/db/postgres/connection.js'
import type { EmbeddedDatabase } from '../../../src/db/postgres/embedded/embedded-database.js'
import { openEmbeddedDatabase } from '../../../src/db/postgres/embedded/embedded-database.js'
import { createTestFolder } from '../../support/database.js'
import { startUser } from '../../support/user-process.js'

const settings = { fsync: 'off' }
let home: string
let logged: string[]

const log = (line: string): void => void logged.push(line)
const open = (): Promise<EmbeddedDatabase> => openEmbeddedDatabase({ home, log, settings })
const cluster = (): string => path.join(home, 'postgres', 'data')

async function query(database: EmbeddedDatabase, sql: string): Promise<Record<string, unknown>[]> {
  const pool = createPool(database.connection, { max: 1 })
  try {
    return (await pool.query<Record<string, unknown>>(sql)).rows
  } finally {
    await pool.end()
  }
}

/** The process that runs on the home's cluster; undefined where none does. */
async function serverPid(): Promise<number | undefined> {
  const text = await readFile(path.join(cluster(), 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 0 && isAlive(pid) ? pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    if (await condition()) return
    await sleep(20)
  }
  throw new Error('It did not happen within 20 s')
}

beforeEach(async () => {
  home = path.join(await createTestFolder(), '.kospigraph')
  logged = []
})

describe('an embedded database that several processes open', () => {
  it('is one server when the first two start at the same time, and the last one stops it', async () => {
    const users = [startUser(home), startUser(home)]
    await Promise.all(users.map((user) => user.says('open')))
    const pid = await serverPid()
    expect(pid).toBeDefined()
    expect(await readdir(path.join(home, 'postgres'))).toEqual([
      '.s.PGSQL.5432',
      '.s.PGSQL.5432.lock',
      'data',
      'server.log',
    ])

    users[0]?.child.kill('SIGTERM')
    await users[0]?.says('closed')
    expect(await serverPid()).toBe(pid)

    users[1]?.child.kill('SIGTERM')
    await users[1]?.says('closed')
    expect(await readdir(path.join(home, 'postgres'))).toEqual(['data', 'server.log'])
    // The process that started it has gone, so it is for the system's first process to reap it.
    await until(() => !isAlive(pid ?? 0))
  })

  it('serves its users while others open and close it', async () => {
    const users = [startUser(home, 12), startUser(home, 12), startUser(home, 12)]
    await Promise.all(users.map((user) => user.says('closed')))
    expect(await serverPid()).toBeUndefined()
  })

  it('stays up for the drain when Ctrl-C reaches the whole process group', async () => {
    const user = startUser(home)
    await user.says('open')
    user.interruptGroup()
    await user.says('closed')
    expect(await serverPid()).toBeUndefined()
  })
})

describe('an embedded database after a kill -9', () => {
  it('of its only user is adopted with its rows, and stopped by the adopter', async () => {
    const first = await open()
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer')
    const user = startUser(home)
    await user.says('open')
    await first.close()
    const pid = await serverPid()
    await user.kill()
    expect(await serverPid()).toBe(pid)

    const second = await open()
    expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(await serverPid()).toBe(pid)
    await second.close()
    expect(await serverPid()).toBeUndefined()
  })

  it('of the server recovers the committed rows at the next start', async () => {
    const user = startUser(home)
    await user.says('open')
    const first = await open()
    await query(first, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n')
    await first.close()
    const pid = (await serverPid()) ?? 0
    await user.kill()
    process.kill(pid, 'SIGKILL')

    const second = await open()
    expect(await query(second, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 1000 }])
    expect(await serverPid()).not.toBe(pid)
    await second.close()
  })

  it('of the server restarts it for its user, with a log line', async () => {
    const database = await open()
    await query(database, 'CREATE TABLE kept AS SELECT 42 AS answer')
    process.kill((await serverPid()) ?? 0, 'SIGKILL')
    await until(() => logged.some((line) => line.includes('is back')))
    expect(logged[0]).toMatch(/connection to PostgreSQL in .* was lost/)
    expect(await query(database, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    await database.close()
    expect(await serverPid()).toBeUndefined()
  })

  it('of the user that was creating it leaves nothing incomplete', async () => {
    const user = startUser(home)
    const folder = path.join(home, 'postgres')
    await until(async () =>
      (await readdir(folder).catch(() => [])).some((name) => name.startsWith('initdb-')),
    )
    await sleep(100)
    await user.kill()
    const database = await open()
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await database.close()
    expect((await readdir(folder)).filter((name) => name.startsWith('initdb-'))).toEqual([])
  })
})

describe('an embedded database that cannot start as it is', () => {
  it('gives the end of the log of a server that refuses to start', async () => {
    const attempt = openEmbeddedDatabase({ home, log, settings: { shared_buffers: 'plenty' } })
    await expect(attempt).rejects.toThrow(
      /did not start: .*invalid value for parameter "shared_buffers": "plenty"/s,
    )
  })

  it('refuses the data of another PostgreSQL release, with a remedy', async () => {
    await (await open()).close()
    await writeFile(path.join(cluster(), 'PG_VERSION'), '17\n')
    await expect(open()).rejects.toThrow(/made by PostgreSQL 17, .* brings PostgreSQL 18.* set DATABASE_URL/s)
  })

  it('reports a server that cannot be restarted', async () => {
    const lost = new Promise<Error>((resolve) => {
      void openEmbeddedDatabase({ home, log, settings, onLost: resolve }).then(async () => {
        await writeFile(path.join(cluster(), 'PG_VERSION'), '17\n')
        process.kill((await serverPid()) ?? 0, 'SIGKILL')
      })
    })
    expect((await lost).message).toMatch(/made by PostgreSQL 17/)
  })

  it('ignores a lock file whose process number now belongs to another program', async () => {
    if (process.platform !== 'linux') {
      console.log('Skipped: only Linux tells what a process runs')
      return
    }
    await (await open()).close()
    const stale = [process.pid, cluster(), 1700000000, 5432, path.dirname(cluster()), '', '', 'ready']
    await writeFile(path.join(cluster(), 'postmaster.pid'), `${stale.join('\n')}\n`)
    const database = await open()
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await database.close()
  })
})

describe('the folder of an embedded database', () => {
  it('may be moved while its server runs on without a user', async () => {
    const user = startUser(home)
    await user.says('open')
    await user.kill()
    const pid = await serverPid()
    const moved = `${home}-moved`
    await rename(home, moved)
    home = moved
    const database = await open()
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(await serverPid()).toBe(pid)
    await database.close()
    expect(await serverPid()).toBeUndefined()
  })

  it('may be copied while its server runs, and is then another database', async () => {
    const first = await open()
    const original = home
    home = `${home}-copy`
    await promisify(execFile)('cp', ['-a', original, home])
    const second = await open()
    await query(second, 'CREATE TABLE only_here (n int)')
    expect(await query(first, `SELECT to_regclass('only_here') AS found`)).toEqual([{ found: null }])
    await second.close()
    await first.close()
  })

  it('opens no TCP port and closes its socket to other users', async () => {
    const database = await open()
    expect(await query(database, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }])
    await database.close()
  })

  it('may have a path too long for a socket, which is then elsewhere and removed with the server', async () => {
    home = path.join(home, 'x'.repeat(100))
    const database = await open()
    const { host } = database.connection
    expect(host.length).toBeLessThan(90)
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await database.close()
    await expect(readdir(host)).rejects.toThrow('ENOENT')
  })

  it("is elsewhere, and found there again, where the server's user cannot enter root's home", async () => {
    if (process.getuid?.() !== 0) {
      console.log('Skipped: only root runs the server as another user')
      return
    }
    await chmod(path.dirname(home), 0o700)
    const first = await open()
    try {
      expect(first.location).toMatch(/^\/var\/lib\/kospigraph\/t-\w+-[0-9a-f]{12}$/)
      expect(logged.join()).toContain(`the database is in ${first.location}`)
      await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer')
      await first.close()

      // Opening the way up later must not make the data disappear.
      await chmod(path.dirname(home), 0o711)
      const second = await open()
      expect(await query(second, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
      await second.close()
    } finally {
      await rm(first.location, { recursive: true, force: true })
    }
  })

  it('may hold spaces, quotes and commas', async () => {
    home = path.join(home, `a "b", 'c' 한글`)
    const database = await open()
    expect(await query(database, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await database.close()
  })

  it('sorts and searches text in UTF-8', async () => {
    const database = await open()
    expect(await query(database, `SELECT lower('ÄB') AS lower, '삼성' ~ '\\w{2}' AS word`)).toEqual([
      { lower: 'äb', word: true },
    ])
    await database.close()
  })
})
