/** What `npm test` leaves behind when it is ended in the middle: runs of their own, with a temporary folder of their own. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createTestFolder } from '../../support/database.js'
import { isRunning } from '../../support/run/run-folders.js'
import { RUN_VARIABLE } from '../../support/run/test-run.js'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/test.js', import.meta.url))
const UNENDING = fileURLToPath(new URL('../../support/run/unending.js', import.meta.url))

let temporary: string
const groups = new Set<number>()
/** A test starts up to three runs. */
const TIMEOUT_MS = 180_000

beforeEach(async () => {
  temporary = await createTestFolder()
})
afterEach(() => {
  for (const group of groups) signalGroup(group, 'SIGKILL')
  groups.clear()
})

interface Run {
  readonly child: ChildProcess
  readonly output: () => string
}

/** In a process group of its own, as a terminal or a CI starts it. */
function startRun(args: readonly string[] = []): Run {
  const { [RUN_VARIABLE]: _, DATABASE_URL: __, ...env } = process.env
  const child = spawn(process.execPath, [SCRIPT, '--no-types', '--testMatch', UNENDING, ...args], {
    detached: true,
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  groups.add(child.pid ?? 0)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  return { child, output: () => text }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until its test has started everything. @returns the servers, and the process that uses one of them */
async function untilBusy({ child, output }: Run): Promise<{ servers: number[]; user: number }> {
  for (;;) {
    const user = Number(/^unending (\d+)$/m.exec(output())?.[1])
    if (user > 0) return { servers: await servers(), user }
    if (child.exitCode !== null) throw new Error(`The run ended too early: ${output()}`)
    await sleep(50)
  }
}

/** Without the cache that jest keeps there. */
async function leftovers(): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => !name.startsWith('jest_'))
}

async function servers(): Promise<number[]> {
  const files = await readdir(temporary, { recursive: true })
  const locks = files.filter((file) => path.basename(file) === 'postmaster.pid')
  const texts = await Promise.all(locks.map((file) => readFile(path.join(temporary, file), 'utf8')))
  return texts.map((text) => Number(text.split('\n')[0]))
}

async function untilGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) while (await isRunning(pid)) await sleep(50)
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a run whose process group is ended by %s leaves no server, no process and no folder behind',
  async (signal) => {
    const run = startRun()
    const { servers, user } = await untilBusy(run)
    expect(servers).toHaveLength(2)
    const ended = once(run.child, 'close')
    signalGroup(run.child.pid ?? 0, signal)
    await ended
    await untilGone([...servers, user])
    expect(await leftovers()).toEqual([])
  },
  TIMEOUT_MS,
)

test(
  'what a killed run leaves is removed by the next run, while that of a living one stays',
  async () => {
    const living = startRun()
    const busy = await untilBusy(living)
    const before = await leftovers()
    const killed = startRun()
    const left = await untilBusy(killed)
    const ended = once(killed.child, 'close')
    signalGroup(killed.child.pid ?? 0, 'SIGKILL')
    await ended
    await untilGone([left.user])
    const servers = left.servers.filter((pid) => !busy.servers.includes(pid))
    expect(servers).toHaveLength(2)
    expect(await Promise.all(servers.map(isRunning))).toEqual([true, true])

    const next = startRun(['--testNamePattern', 'no such test'])
    await once(next.child, 'close')
    await untilGone(servers)
    expect(await Promise.all(busy.servers.map(isRunning))).toEqual([true, true])
    const remaining = await leftovers()
    expect(remaining).toHaveLength(2)
    expect(before).toEqual(expect.arrayContaining(remaining))

    const over = once(living.child, 'close')
    signalGroup(living.child.pid ?? 0, 'SIGTERM')
    await over
    expect(await leftovers()).toEqual([])
  },
  TIMEOUT_MS,
)
