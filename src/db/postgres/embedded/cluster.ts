/**
 * Creates the cluster, PostgreSQL's data folder, with `initdb`.
 *
 * `initdb` writes to a temporary folder beside the final place, and one rename moves it there. A killed process, a
 * full disk or two simultaneous starts therefore never leave half a cluster.
 */
import { spawn } from 'node:child_process'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { KospigraphError, messageOf } from '../../../errors.js'
import type { Binaries } from './binaries.js'
import type { Place } from './place.js'

/** The only role; every connection on the socket uses it. */
export const OWNER = 'kospigraph'
/** The environment of the server's programs: a foreign PGDATA or PGPORT must not reach them. */
export const SERVER_ENV: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const MAKING = /^initdb-(\d+)-/

export interface ClusterOptions {
  /** Whether the cluster must survive a crash of the machine; tests switch it off for speed. */
  readonly durable: boolean
}

/**
 * Creates the cluster where there is none.
 * @throws KospigraphError DATABASE where creating fails, or where another PostgreSQL release made the cluster
 */
export async function ensureCluster(
  place: Place,
  binaries: Binaries,
  { durable }: ClusterOptions,
): Promise<void> {
  await removeLeftovers(place)
  const version = (await clusterVersion(place)) ?? (await makeCluster(place, binaries, durable))
  if (version !== binaries.major) {
    throw new KospigraphError(
      'DATABASE',
      `The database in ${place.cluster} was made by PostgreSQL ${version}, and this Kospigraph brings PostgreSQL ${binaries.major}, which cannot read it; start the Kospigraph version that made it, or move the folder away to begin afresh, or set DATABASE_URL`,
    )
  }
}

async function clusterVersion(place: Place): Promise<string | undefined> {
  const text = await readFile(path.join(place.cluster, 'PG_VERSION'), 'utf8').catch(() => undefined)
  return text?.trim()
}

async function makeCluster(place: Place, binaries: Binaries, durable: boolean): Promise<string> {
  const making = path.join(place.folder, `initdb-${process.pid}-${Date.now()}`)
  try {
    await runInitdb(binaries.initdb, making, place, durable)
    await rename(making, place.cluster).catch(async (error: unknown) => {
      // Another process was faster; its cluster will do.
      if ((await clusterVersion(place)) === undefined) throw error
    })
    if (durable) await syncFolder(place.folder)
    return binaries.major
  } catch (error) {
    throw new KospigraphError(
      'DATABASE',
      `The database in ${place.cluster} could not be created: ${messageOf(error)}; fix that and start again, or set DATABASE_URL`,
      { cause: error },
    )
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

async function runInitdb(initdb: string, folder: string, place: Place, durable: boolean): Promise<void> {
  const child = spawn(
    initdb,
    [
      ...['--pgdata', folder, '--username', OWNER, '--auth-local=trust', '--auth-host=reject'],
      // With plain C, trigram search ignores Hangul; the built-in locale is the same on every machine.
      ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--lc-collate=C'],
      // macOS has the character classes under another name.
      `--lc-ctype=${process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'}`,
      ...['--no-instructions', ...(durable ? [] : ['--no-sync'])],
    ],
    { ...place.user, cwd: place.folder, env: SERVER_ENV, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)))
  await new Promise<void>((resolve, reject) => {
    child.on('error', (error) => reject(new Error(explainSpawn(initdb, error))))
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(complaint.trim() || `initdb ended with ${signal ?? `exit code ${code ?? ''}`}`))
    })
  })
}

/** Explains why a program did not start: ENOENT for a program that exists means that its C library is missing. */
export function explainSpawn(program: string, error: NodeJS.ErrnoException): string {
  if (error.code !== 'ENOENT') return `${program} cannot be started: ${error.message}`
  return `${program} does not run on this system; it needs the GNU C library (Alpine Linux has another one)`
}

/** Removes the temporary folders of killed processes. */
async function removeLeftovers(place: Place): Promise<void> {
  for (const name of await readdir(place.folder)) {
    const pid = Number(MAKING.exec(name)?.[1])
    if (!(pid > 0) || isAlive(pid)) continue
    // An orphaned initdb may still be writing for a moment; the next start removes what remains.
    const leftover = path.join(place.folder, name)
    await rm(leftover, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }).catch(
      () => undefined,
    )
  }
}

/** Whether a process with this id runs, of any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}
