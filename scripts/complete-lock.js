// Completes package-lock.json from the registry: missing optional packages of other platforms, and missing hashes.
//
// Some mirrors carry only the packages of their own platform. A lock file written behind one lacks the others'
// optional packages, and `npm ci` refuses it everywhere; or npm writes them without a hash. Run this after every
// change of dependencies. With --check it changes nothing, sends no request and exits 1 where something is
// missing. Another lock file may be named.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'

const REMEDY = 'run: node scripts/complete-lock.js'
/** Each request is a process of npm. */
const QUESTIONS_AT_ONCE = 4
const QUESTION_LIMIT_MS = 60_000
/** What npm writes of a package, in its order. */
const FIELDS = ['cpu', 'license', 'libc', 'os', 'engines']

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const file = positionals[0] ?? fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(file, 'utf8'))

/** Returns optional packages that other packages name and the file lacks. */
function missingEntries() {
  const missing = new Map()
  for (const [place, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (place === '' || isLocked(place, name)) continue
      // Packages for all platforms would have been installed; only those of other platforms may be added unseen.
      if (!/^\d/.test(version))
        throw new Error(`${name}@${version}, which ${place} depends on, is not an exact version: install it`)
      missing.set(`node_modules/${name}`, { version, dev: entry.dev, optional: true })
    }
  }
  return missing
}

function isLocked(place, name) {
  for (let folder = place; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (lock.packages[`${folder}/node_modules/${name}`]) return true
    if (!folder.includes('/node_modules/')) return lock.packages[`node_modules/${name}`] !== undefined
  }
}

/** Returns entries from the registry without a hash. */
function unhashedEntries() {
  return Object.entries(lock.packages).filter(
    ([place, entry]) => place.includes('node_modules/') && !entry.integrity && !entry.link && !entry.inBundle,
  )
}

async function describe(place, { version, dev, optional, name: alias }) {
  const name = alias ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const fields = ['dist.integrity', ...FIELDS]
  const args = ['view', `${name}@${version}`, ...fields, '--json', '--loglevel', 'error']
  const { stdout } = await promisify(execFile)('npm', args, { timeout: QUESTION_LIMIT_MS }).catch((error) => {
    const output = error.stderr ?? ''
    const [reason] = /(?<=reason: ).+/.exec(output) ??
      /(?<=npm error )(?!code ).+/.exec(output) ?? [error.message]
    throw new Error(
      `The registry did not describe ${name}@${version}: ${reason}\nNothing was written; name a registry that has all platforms: npm_config_registry=… node scripts/complete-lock.js`,
    )
  })
  const told = stdout.trim() === '' ? {} : JSON.parse(stdout)
  const integrity = told['dist.integrity']
  if (typeof integrity !== 'string')
    throw new Error(`The registry has no hash of ${name}@${version}; nothing was written`)
  const list = (value) => (value === undefined || Array.isArray(value) ? value : [value])
  const written = {
    version,
    integrity,
    cpu: list(told.cpu),
    dev,
    libc: list(told.libc),
    license: told.license,
  }
  // JSON.stringify omits undefined values.
  return { ...(alias && { name: alias }), ...written, optional, os: list(told.os), engines: told.engines }
}

async function complete(entries) {
  const waiting = [...entries]
  const ask = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, entry] = next
      // npm's own order, so that npm's next write changes nothing else.
      const described = await describe(place, entry)
      lock.packages[place] = { ...described, ...entry, ...described }
    }
  }
  await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, ask))
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
  )
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
}

try {
  const missing = missingEntries()
  const unhashed = unhashedEntries()
  if (values.check) {
    const complaints = [
      ...[...missing.keys()].map((place) => `package-lock.json lacks ${place}; ${REMEDY}`),
      ...unhashed.map(([place]) => `package-lock.json has no integrity for ${place}; ${REMEDY}`),
      ...Object.entries(lock.packages)
        .filter(([, { resolved }]) => /^https?:/.test(resolved ?? ''))
        .map(
          ([place]) => `package-lock.json names a host for ${place}; run npm with this repository's .npmrc`,
        ),
    ]
    for (const complaint of complaints) console.error(complaint)
    if (complaints.length > 0) process.exitCode = 1
  } else if (missing.size + unhashed.length > 0) {
    await complete([...missing, ...unhashed])
    console.log(`Completed ${missing.size + unhashed.length} entries of package-lock.json.`)
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
