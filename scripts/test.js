// Builds and checks types, runs jest on what was built with the arguments given, and ends with a line of counts.
// With --no-types the types are not checked.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'
import { checkTypes } from './types.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const jest = path.join(root, 'node_modules/jest/bin/jest.js')
const skipTypes = process.argv.includes('--no-types')
const jestArguments = process.argv.slice(2).filter((argument) => argument !== '--no-types')

function runJest(outputFile) {
  const child = spawn(
    process.execPath,
    [
      // Without the flag, jest would silently run the tests as CommonJS.
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      ...[jest, '--json', `--outputFile=${outputFile}`, ...jestArguments],
    ],
    { cwd: root, stdio: 'inherit' },
  )
  // The terminal's Ctrl-C reaches jest by itself; either way this process waits until jest has cleaned up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
  return { pid: child.pid, ended }
}

function readCounts(outputFile) {
  try {
    const results = JSON.parse(readFileSync(outputFile, 'utf8'))
    // A file that failed to load has no tests to count, but is a failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    return { passed: results.numPassedTests, failed, ran: true }
  } catch {
    return { passed: 0, failed: 0, ran: false }
  }
}

/** Builds and checks types side by side. @returns whether the tests may run */
async function prepare() {
  let types = Promise.resolve({ passed: true, output: '' })
  await build({
    log: (line) => process.stdout.write(`${line}\n`),
    onGenerated: () => {
      if (!skipTypes) types = checkTypes()
    },
  })
  const { passed, output } = await types
  process.stderr.write(output)
  if (!passed) {
    process.stderr.write(
      'The types are wrong, so no test was executed; npm test -- --no-types runs the tests all the same.\n',
    )
  }
  return passed
}

async function runTests() {
  // Written by the build: where runs keep files and servers, and how to remove them.
  const folders = await import('../dist/test/support/run/run-folders.js')
  const folder = folders.resultsFolder(process.pid)
  await folders.clearFolder(folder)
  mkdirSync(folder)
  let jestPid
  try {
    const outputFile = path.join(folder, 'results.json')
    const { pid, ended } = runJest(outputFile)
    jestPid = pid
    let code = await ended
    const { passed, failed, ran } = readCounts(outputFile)
    if (!ran)
      process.stderr.write(`jest did not finish (exit code ${code}): there are no results to count.\n`)
    else if (passed + failed === 0) process.stderr.write('No test was executed.\n')
    if (code === 0 && (passed === 0 || failed > 0)) code = 1
    process.stdout.write(`${passed} passed, ${failed} failed\n`)
    return code
  } finally {
    // Where jest was killed it could not do this itself.
    if (jestPid) await folders.clearFolder(folders.runFolder(jestPid))
    await folders.clearFolder(folder)
  }
}

process.exitCode = (await prepare()) ? await runTests() : 1
