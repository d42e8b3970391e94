// Writes the next migration from the difference between prisma/migrations and prisma/schema.prisma, offline:
//   npm run db:migration -- add_backtests
//   npm run db:migration -- --check      exits with 1 and prints the missing SQL where they disagree
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const USAGE = 'Usage: npm run db:migration -- <name in lower_case> | --check'
const LOCK_FILE = `# Names the database that the migrations are written for; Prisma's command line reads it.
provider = "postgresql"
`

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

async function findMissing() {
  await build({ log: (line) => process.stderr.write(`${line}\n`) })
  const { readMigrationFiles } = await import('../dist/src/db/postgres/migration-files.js')
  const { diffMigrations } = await import('./schema-engine.js')
  const migrations = await readMigrationFiles(path.join(root, 'prisma/migrations'))
  const content = readFileSync(path.join(root, 'prisma/schema.prisma'), 'utf8')
  return { migrations, missing: await diffMigrations(migrations, { path: 'prisma/schema.prisma', content }) }
}

async function check() {
  const { migrations, missing } = await findMissing()
  if (missing === undefined) {
    process.stdout.write(`prisma/schema.prisma and its ${migrations.length} migrations agree.\n`)
    return
  }
  process.stdout.write(missing)
  fail(
    'No migration contains the SQL above, which prisma/schema.prisma needs; run: npm run db:migration -- <name>',
  )
}

async function write(name) {
  const { migrations, missing } = await findMissing()
  if (missing === undefined) {
    process.stdout.write('Nothing to do: prisma/schema.prisma and the migrations agree.\n')
    return
  }
  const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const last = migrations.at(-1)?.name ?? ''
  if (last >= timestamp) {
    return fail(
      `The newest migration, ${last}, is dated after ${timestamp} (UTC); correct the clock or its name`,
    )
  }
  const file = path.join('prisma/migrations', `${timestamp}_${name}`, 'migration.sql')
  mkdirSync(path.join(root, path.dirname(file)))
  writeFileSync(path.join(root, file), missing)
  const lock = path.join(root, 'prisma/migrations/migration_lock.toml')
  if (!existsSync(lock)) writeFileSync(lock, LOCK_FILE)
  process.stdout.write(`Wrote ${file}; read it before you commit it.\n`)
}

const [argument, ...rest] = process.argv.slice(2)
try {
  if (rest.length > 0 || argument === undefined) fail(USAGE)
  else if (argument === '--check') await check()
  else if (/^[a-z][a-z0-9_]{0,59}$/.test(argument)) await write(argument)
  else
    fail(`"${argument}" is not a name for a migration: use lower-case letters, digits and _ only.\n${USAGE}`)
} catch (error) {
  fail(error.message)
}
