/**
 * The folders of test runs in the temporary folder, named after the process that owns each: `kospigraph-test-<pid>` with
 * files and servers, `kospigraph-results-<pid>` with results. Servers outlive the processes that use them, so a folder
 * is removed together with the servers below it.
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const OWNED = /^kospigraph-(?:test|results)-(\d+)$/
/** A sweep delays the run that makes it; the next run goes on. */
const MAX_SWEPT = 20
const END_LIMIT_MS = 10_000

export function runFolder(pid: number): string {
  return path.join(tmpdir(), `kospigraph-test-${pid}`)
}

/** The folder of the results that scripts/test.js asks jest for. @public */
export function resultsFolder(pid: number): string {
  return path.join(tmpdir(), `kospigraph-results-${pid}`)
}

/** Removes what killed runs left behind. */
export async function sweepDeadRuns(): Promise<void> {
  const names = await readdir(tmpdir())
  const dead: string[] = []
  for (const name of names) {
    const pid = Number(OWNED.exec(name)?.[1])
    if (pid > 0 && !(await isRunning(pid))) dead.push(name)
  }
  for (const name of dead.slice(0, MAX_SWEPT)) await clearFolder(path.join(tmpdir(), name))
}

/** Ends every server below the folder, then removes it. */
export async function clearFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true }).catch(() => [])
  for (const entry of entries.filter((file) => path.basename(file) === 'postmaster.pid')) {
    const text = await readFile(path.join(folder, entry), 'utf8').catch(() => '')
    const [pid, , , , sockets = ''] = text.split('\n')
    if (Number(pid) > 0) await endServer(Number(pid))
    // Outside the folder where its path would be too long for a socket's.
    if (path.dirname(sockets) === tmpdir() && path.basename(sockets).startsWith('kospigraph-'))
      await rm(sockets, { recursive: true, force: true })
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
}

/** Nothing is kept, so the server need not write anything down. */
async function endServer(pid: number): Promise<void> {
  if (!(await isRunning(pid))) return
  process.kill(pid, 'SIGQUIT')
  const deadline = Date.now() + END_LIMIT_MS
  while (Date.now() < deadline && (await isRunning(pid))) await sleep(20)
}

/** False for a process that has ended, also where its parent has not taken notice. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/\) [ZX] /.test(state)
}
