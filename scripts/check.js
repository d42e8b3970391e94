// `npm run check`: everything about the code that can be checked without running it. All checks run, or those whose
// names are given (`npm run check -- lint types`), and the exit code reports whether one failed.
//
// What has not changed is taken from caches under node_modules/.cache, which `npm ci` empties. They know files by
// their content; only lint can miss something, a rule that needs the types of another file which has changed.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'
import { runChecks } from './run-checks.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const CACHE = 'node_modules/.cache/kospigraph'
const bin = (file) => path.join('node_modules', file)
const cached = (folder) => [
  '--cache',
  '--cache-strategy',
  'content',
  '--cache-location',
  `${CACHE}/${folder}`,
]

/** The longest first. */
const CHECKS = [
  {
    name: 'lint',
    args: [bin('eslint/bin/eslint.js'), '--max-warnings', '0', ...cached('eslint'), '.'],
  },
  { name: 'types', args: ['scripts/types.js'] },
  {
    name: 'format',
    args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', ...cached('prettier'), '.'],
    remedy: 'npm run format',
  },
  { name: 'dead code', args: [bin('knip/bin/knip.js'), '--no-progress'] },
  {
    name: 'dependency directions',
    args: [bin('dependency-cruiser/bin/dependency-cruise.mjs'), 'src', '--config', '.dependency-cruiser.cjs'],
  },
  { name: 'migrations', args: ['scripts/db-migration.js', '--check'] },
  { name: 'compose', args: ['scripts/check-compose.js'] },
  { name: 'GraphQL schema', args: ['scripts/schema.js', '--check'] },
  { name: 'holidays', args: ['scripts/holidays.js', '--check'] },
  { name: 'lock file', args: ['scripts/complete-lock.js', '--check'] },
]

const names = process.argv.slice(2)
const chosen = CHECKS.filter(({ name }) => names.length === 0 || names.includes(name))
const unknown = names.filter((name) => !CHECKS.some((check) => check.name === name))
if (unknown.length > 0) {
  console.error(
    `There is no check named ${unknown.join(' or ')}; the names are ${CHECKS.map(({ name }) => `"${name}"`).join(', ')}`,
  )
  process.exitCode = 2
} else {
  mkdirSync(path.join(root, CACHE), { recursive: true })
  await build({ log: (line) => console.log(line) })
  if (!(await runChecks(chosen, { cwd: root }))) process.exitCode = 1
}
