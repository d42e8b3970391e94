// Checks the types of src/, test/ and bench/, for `npm test` and `npm run check`. tsc keeps what it knows of unchanged
// files under node_modules/.cache (tsconfig.json); where no file has changed since the last success, it is not started.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesUnder } from './build.js'
import { createHasher } from './file-hashes.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const PASSED = path.join(root, 'node_modules/.cache/kospigraph/types-passed')

function hashOfSources() {
  const sources = ['src', 'test', 'bench'].flatMap((folder) =>
    filesUnder(folder, (file) => /\.(ts|json)$/.test(file)),
  )
  return createHasher(root, {}).hashOf([...sources, 'prisma.config.ts', 'tsconfig.json', 'package-lock.json'])
}

function lastPassed() {
  try {
    return readFileSync(PASSED, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * @returns {Promise<{ passed: boolean, output: string }>} the compiler's messages
 */
export async function checkTypes() {
  const hash = hashOfSources()
  if (hash === lastPassed()) return { passed: true, output: '' }
  mkdirSync(path.dirname(PASSED), { recursive: true })
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  // Coloured where a terminal reads them, also through npm.
  const pretty = process.stderr.isTTY ? ['--pretty'] : []
  const child = spawn(process.execPath, [tsc, '-p', '.', ...pretty], { cwd: root })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => (output += chunk))
  }
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code === 0) writeFileSync(PASSED, hash)
  return { passed: code === 0, output }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, output } = await checkTypes()
  process.stderr.write(output)
  if (!passed) process.exitCode = 1
}
