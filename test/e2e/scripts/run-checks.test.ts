/** How `npm run check` runs its parts, with parts of its own. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const scriptFile = (name: string): string => new URL(`../../../../scripts/${name}`, import.meta.url).href

interface Ended {
  readonly code: unknown
  readonly output: string
}

function node(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` }),
    )
  })
}

/** Each check is a name and what its process executes. */
function runChecks(checks: readonly { name: string; script: string; remedy?: string }[], limit: number) {
  const list = checks.map(({ name, script, remedy }) => ({ name, args: ['-e', script], remedy }))
  return node([
    '--input-type=module',
    '-e',
    `const { runChecks } = await import(${JSON.stringify(scriptFile('run-checks.js'))})
    const passed = await runChecks(${JSON.stringify(list)}, { limit: ${limit} })
    process.exitCode = passed ? 0 : 1`,
  ])
}

const SECONDS = / \(\d+\.\d s\)/g

test('a check that fails shows its output in one piece and its remedy, and the others run all the same', async () => {
  const noisy = `const say = (word) => console.error(word)
    say('first'); setTimeout(() => say('second'), 300); process.exitCode = 3`
  const { code, output } = await runChecks(
    [
      { name: 'noisy', script: noisy, remedy: 'npm run quiet' },
      { name: 'silent', script: '' },
      { name: 'killed', script: 'process.kill(process.pid, "SIGKILL")' },
    ],
    2,
  )
  expect(code).toBe(1)
  const text = output.replaceAll(SECONDS, '')
  expect(text).toContain('FAILED noisy\nfirst\nsecond\nTo mend it: npm run quiet\n')
  expect(text).toContain('ok     silent\n')
  expect(text).toContain('FAILED killed\nIt was ended by SIGKILL.\n')
})

test('no more checks run at once than the limit allows', async () => {
  const script = `console.error(Date.now()); setTimeout(() => console.error(Date.now()), 500); process.exitCode = 1`
  const checks = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, script }))
  const { output } = await runChecks(checks, 2)
  const times = [...output.matchAll(/^(\d{13})\n(\d{13})$/gm)].map(([, from, to]) => ({ from, to }))
  expect(times).toHaveLength(5)
  const mostAtOnce = Math.max(
    ...times.map(
      ({ from: at = '' }) => times.filter(({ from = '', to = '' }) => from <= at && at < to).length,
    ),
  )
  expect(mostAtOnce).toBe(2)
})

test('a name that no check has is refused with the names there are', async () => {
  const ended = await node([fileURLToPath(scriptFile('check.js')), 'spelling'])
  expect(ended).toEqual({
    code: 2,
    output: expect.stringMatching(
      /^There is no check named spelling; the names are "lint", "types", .*"lock file"\n$/,
    ) as string,
  })
})
