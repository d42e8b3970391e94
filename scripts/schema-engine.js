// Runs Prisma's schema engine from its WebAssembly package: compares the migrations with the schema without the
// engine binary that Prisma's command line would download. The migrations run on a temporary server of ours.
import { PrismaPg } from '@prisma/adapter-pg'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import { mkdtempSync, chmodSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'

// PostgreSQL's numbers for the types "char" and text, and the engine's for a character.
const CHAR = 18
const TEXT = 25
const CHARACTER = 6

function loadEngine() {
  // The engine writes its last message here when it crashes.
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(`${message}\n`) }
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg')
  // The package's own entry imports the .wasm file, which Node does only behind a flag.
  const module = new globalThis.WebAssembly.Module(readFileSync(script.replace(/\.js$/, '.wasm')))
  const { exports } = new globalThis.WebAssembly.Instance(module, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(exports)
  exports.__wbindgen_start()
}

// The engine takes results instead of exceptions, and asks for an exception later by its number.
function answersFor(errors) {
  return (call) =>
    async (...args) => {
      try {
        return { ok: true, value: await call(...args) }
      } catch (error) {
        if (error.name === 'DriverAdapterError') return { ok: false, error: error.cause }
        return { ok: false, error: { kind: 'GenericJs', id: errors.push(error) - 1 } }
      }
    }
}

// The catalogue's one-letter columns have their own type, which Prisma's adapter does not know.
async function queryCatalogue(adapter, query) {
  let letters = []
  const client = {
    query: async (...args) => {
      const result = await adapter.underlyingDriver().query(...args)
      letters = result.fields.flatMap((field, index) => (field.dataTypeID === CHAR ? [index] : []))
      for (const index of letters) result.fields[index].dataTypeID = TEXT
      return result
    },
  }
  const answer = await Object.create(adapter, { client: { value: client } }).queryRaw(query)
  for (const index of letters) answer.columnTypes[index] = CHARACTER
  return answer
}

// Prisma's own adapter, except where its migrating side falls short: it splits scripts at every semicolon, and
// its shadow database is dropped while still connected to. A connection of its own keeps the session's locks.
function adapterFactory(connection, shadowDatabase, errors) {
  const answering = answersFor(errors)
  const connectTo = async (config) => {
    const adapter = await new PrismaPg({ ...config, max: 1 }).connect()
    const pool = adapter.underlyingDriver()
    return {
      provider: adapter.provider,
      adapterName: adapter.adapterName,
      queryRaw: answering((query) => queryCatalogue(adapter, query)),
      executeRaw: answering(adapter.executeRaw.bind(adapter)),
      executeScript: answering(async (script) => void (await pool.query(script))),
      startTransaction: answering(adapter.startTransaction.bind(adapter)),
      getConnectionInfo: () => ({ ok: true, value: adapter.getConnectionInfo() }),
      dispose: answering(adapter.dispose.bind(adapter)),
    }
  }
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: answering(() => connectTo(connection)),
    connectToShadowDb: answering(() => connectTo({ ...connection, database: shadowDatabase })),
    errorRegistry: { consumeError: (id) => errors[id] && { error: errors[id] } },
  }
}

async function withThrowAwayServer(use) {
  const { openEmbeddedDatabase } = await import('../dist/src/db/postgres/embedded/embedded-database.js')
  const home = mkdtempSync(path.join(tmpdir(), 'kospigraph-diff-'))
  // Under root the server runs as another user, which must be able to enter the folder.
  chmodSync(home, 0o711)
  // This takes two seconds; an interruption waits until everything is removed.
  const wait = () => {}
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, wait)
  let server
  try {
    const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
    server = await openEmbeddedDatabase({ home, settings, log: (line) => process.stderr.write(`${line}\n`) })
    return await use(server.connection)
  } finally {
    await server?.close()
    rmSync(home, { recursive: true, force: true })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, wait)
  }
}

async function createDatabase(connection, name) {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
}

/**
 * Returns the SQL that the migrations lack.
 * @param {{ name: string, sql: string }[]} migrations in order
 * @param {{ path: string, content: string }} schema
 * @returns {Promise<string | undefined>} undefined where they agree
 */
export async function diffMigrations(migrations, schema) {
  loadEngine()
  return withThrowAwayServer(async (connection) => {
    await createDatabase(connection, 'shadow')
    const errors = []
    let breakDown
    try {
      const broken = new Promise((_, reject) => (breakDown = reject))
      // A crash inside the engine surfaces outside of every promise.
      process.on('uncaughtException', breakDown)
      const adapter = adapterFactory(connection, 'shadow', errors)
      const { exitCode, stdout } = await Promise.race([broken, diff(adapter, migrations, schema)])
      return exitCode === 0 ? undefined : `${stdout.trim()}\n`
    } catch (error) {
      const [explanation] = error.message.split('\n   0: ')
      const reasons = errors.map(({ message }) => message)
      throw new Error([`The schema engine failed: ${explanation}`, ...reasons].join('\n'), { cause: error })
    } finally {
      process.off('uncaughtException', breakDown)
    }
  })
}

async function diff(adapter, migrations, schema) {
  const engine = await bindings.SchemaEngine.new(
    { datamodels: [[schema.path, schema.content]] },
    () => {},
    adapter,
  )
  return engine.diff({
    from: {
      tag: 'migrations',
      baseDir: 'prisma/migrations',
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      shadowDbInitScript: '',
      migrationDirectories: migrations.map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
      })),
    },
    to: { tag: 'schemaDatamodel', files: [schema] },
    script: true,
    exitCode: true,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  })
}
