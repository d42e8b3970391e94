import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createPool } from '../../src/db/postgres/connection.js'
import { MIGRATIONS_FOLDER, readMigrationFiles } from '../../src/db/postgres/migration-files.js'
import { createTestDatabase, createTestFolder } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { startProgram } from '../support/served.js'
import type { Served } from '../support/served.js'

/** What the image's health check runs. */
const HEALTH = fileURLToPath(new URL('../../../bin/health.js', import.meta.url))

let database: TestDatabase
const started: Served[] = []

beforeEach(async () => {
  database = await createTestDatabase({ empty: true })
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.end('SIGKILL')))
  await database.drop()
})

function start(args: readonly string[], environment: Record<string, string> = {}): Served {
  const program = startProgram(args, { DATABASE_URL: database.url, ...environment })
  started.push(program)
  return program
}

async function migrate(): Promise<{ readonly code: number | null; readonly output: string }> {
  const program = start(['migrate'])
  return { code: await program.ended, output: program.output() }
}

interface Health {
  readonly code: number | null
  readonly output: string
}

async function healthAt(port: string): Promise<Health> {
  const child = spawn(process.execPath, [HEALTH], { env: { HEALTH_PORT: port }, stdio: 'pipe' })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

describe('kospigraph migrate', () => {
  it('applies all migrations to an empty database, and then finds nothing to do', async () => {
    const names = (await readMigrationFiles(MIGRATIONS_FOLDER)).map(({ name }) => name)
    const first = await migrate()
    expect(first.code).toBe(0)
    expect([...first.output.matchAll(/^applied {2}(\d\S+)$/gm)].map(([, name]) => name)).toEqual(names)
    expect(first.output).toMatch(/^applied {2}\d+ migrations of the job queue$/m)
    const second = await migrate()
    expect(second.code).toBe(0)
    expect(second.output).toMatch(/Nothing to do/)
    expect(second.output).not.toMatch(/applied/)
  })

  it('applies all migrations once where two start at the same time', async () => {
    const names = (await readMigrationFiles(MIGRATIONS_FOLDER)).map(({ name }) => name)
    const both = await Promise.all([migrate(), migrate()])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    const applied = both.flatMap(({ output }) => [...output.matchAll(/^applied {2}(\d\S+)$/gm)])
    expect(applied.map(([, name]) => name)).toEqual(names)
    const pool = createPool(database.connection, { max: 1 })
    const { rows } = await pool.query('SELECT count(*)::int AS count FROM _prisma_migrations')
    await pool.end()
    expect(rows).toEqual([{ count: names.length }])
  })

  it('migrates the embedded database too, and lets it stop', async () => {
    const home = await createTestFolder()
    const program = start(['migrate'], { DATABASE_URL: '', KOSPIGRAPH_HOME: path.join(home, 'own') })
    expect(await program.ended).toBe(0)
    expect(program.output()).toMatch(
      /^Kospigraph \S+ on embedded PostgreSQL[^]*^applied {2}\d+ migrations of the job queue$/m,
    )
    const files = await readdir(home, { recursive: true })
    expect(files.filter((file) => path.basename(file) === 'PG_VERSION')).not.toEqual([])
    expect(files.filter((file) => path.basename(file) === 'postmaster.pid')).toEqual([])
  })

  it('fails with the reason where the database does not exist', async () => {
    await database.drop()
    const { code, output } = await migrate()
    expect(code).toBe(1)
    expect(output).toMatch(/^DATABASE: .* does not exist; check that it runs/m)
  })
})

describe('the health check of a process', () => {
  it.each(['worker', 'scheduler', 'api'])('is healthy as %s until its database is gone', async (role) => {
    const token = role === 'api' ? { API_TOKEN: 'a-token-of-some-length' } : {}
    const program = start(['serve', '--role', role], { HEALTH_PORT: '0', ...token })
    const [, port = ''] = await program.says(/Health {3}http:\/\/127\.0\.0\.1:(\d+)\/health/)
    // Without the token, which says nothing about the process.
    expect(await healthAt(port)).toEqual({ code: 0, output: '{"status":"ok"}\n' })
    await database.drop()
    let health = await healthAt(port)
    for (let looks = 0; looks < 100 && health.code === 0; looks += 1) {
      await sleep(50)
      health = await healthAt(port)
    }
    expect(health.code).toBe(1)
    expect(health.output).toMatch(role === 'worker' ? /lost the lock|database does not/ : /database does not/)
    expect(await program.end('SIGTERM')).toBe(0)
    expect((await healthAt(port)).output).toMatch(/does not answer/)
  })

  it('refuses a port that is taken', async () => {
    const first = start(['serve', '--role', 'scheduler'], { HEALTH_PORT: '0' })
    const [, port = ''] = await first.says(/Health {3}http:\/\/127\.0\.0\.1:(\d+)\/health/)
    const second = start(['serve', '--role', 'scheduler'], { HEALTH_PORT: port })
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(new RegExp(`CONFIGURATION: Cannot listen on HEALTH_PORT ${port}`))
  })
})
