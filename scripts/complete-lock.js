// Some mirrors of the registry carry only the packages of their own platform. A lock file written behind one
// lacks the optional packages of the others, and `npm ci` then refuses it everywhere. This adds their entries:
// name, version and platform, without a hash, as npm itself writes them where it cannot look. Run it after every
// change of dependencies; with --check it changes nothing and exits 1 where an entry is missing.
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('../package-lock.json', import.meta.url)
const OPERATING_SYSTEMS = [
  'darwin',
  'win32',
  'linux',
  'freebsd',
  'android',
  'openharmony',
  'aix',
  'sunos',
  'netbsd',
]
const PROCESSORS = ['x64', 'arm64', 'ia32', 'arm', 'ppc64', 's390x', 'riscv64', 'loong64']

const lock = JSON.parse(readFileSync(FILE, 'utf8'))
const missing = []
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (place === '' || isLocked(place, name)) continue
    const words = name.split(/[-/]/)
    const os = OPERATING_SYSTEMS.find((word) => words.includes(word))
    const cpu = PROCESSORS.find((word) => words.includes(word)) ?? (words.includes('arm') ? 'arm' : undefined)
    // A package for every platform would have been found; only those of others may be written without a look.
    if (!/^\d/.test(version)) throw new Error(`${name}@${version}, wanted by ${place}, is no exact version`)
    missing.push([
      `node_modules/${name}`,
      { version, ...platform(os, cpu), ...(entry.dev && { dev: true }), optional: true },
    ])
  }
}

function isLocked(place, name) {
  for (let folder = place; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (lock.packages[`${folder}/node_modules/${name}`]) return true
    if (!folder.includes('/node_modules/')) return lock.packages[`node_modules/${name}`] !== undefined
  }
}

function platform(os, cpu) {
  return { ...(cpu && { cpu: [cpu] }), ...(os && { os: [os] }) }
}

if (process.argv.includes('--check')) {
  for (const [place] of missing)
    console.error(`package-lock.json lacks ${place}; run: node scripts/complete-lock.js`)
  if (missing.length > 0) process.exitCode = 1
} else if (missing.length > 0) {
  lock.packages = Object.fromEntries(
    [...Object.entries(lock.packages), ...missing].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
  writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`Added ${missing.length} entries to package-lock.json.`)
}
