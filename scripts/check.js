// `npm run check`: everything about the code that can be checked without running it. All checks run, each
// failure is shown whole, and the exit code says whether there was one.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const bin = (file) => path.join('node_modules', file)

const CHECKS = [
  ['lock file', ['scripts/complete-lock.js', '--check']],
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['lint', [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.']],
  ['types', [bin('typescript/bin/tsc'), '-p', '.']],
  [
    'dependency directions',
    [bin('dependency-cruiser/bin/dependency-cruise.mjs'), 'src', '--config', '.dependency-cruiser.cjs'],
  ],
  ['dead code', [bin('knip/bin/knip.js'), '--no-progress']],
  ['GraphQL schema', ['scripts/schema.js', '--check']],
  ['holidays', ['scripts/holidays.js', '--check']],
  ['migrations', ['scripts/db-migration.js', '--check']],
  ['compose', ['scripts/check-compose.js']],
]

function run([name, args]) {
  const started = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
      if (code !== 0) console.log(output.trimEnd())
      resolve(code === 0)
    })
  })
}

await build({ log: (line) => console.log(line) })
const results = []
for (const check of CHECKS) results.push(await run(check))
if (results.includes(false)) process.exitCode = 1
