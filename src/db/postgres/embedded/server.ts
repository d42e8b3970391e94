/**
 * Starts, finds and stops the server process of a cluster. It survives the terminal's Ctrl-C, and later processes
 * find it through PostgreSQL's own `postmaster.pid`.
 */
import { spawn } from 'node:child_process'
import { chown, open, readFile, readlink, rm, rmdir, stat, truncate } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.js'
import { explainSpawn, isAlive, SERVER_ENV } from './cluster.js'
import type { Place } from './place.js'
import { makeSocketFolder, SOCKET_NAME, SOCKET_PORT } from './place.js'

export type ServerSettings = Readonly<Record<string, string>>

const MAX_LOG_BYTES = 10_000_000
const TAIL_BYTES = 4_000
const STOP_LIMIT_MS = 60_000
/** A server fills its lock file right after creating it; one that is still empty after this time is from a crash. */
const EMPTY_LOCK_FILE_MS = 5_000

const OCCUPIED = [
  /lock file ".*" (already exists|is empty)/,
  /could not (create|remove old) lock file ".*": No such file/,
  /pre-existing shared memory block/,
]

const SETTINGS: ServerSettings = {
  listen_addresses: '',
  port: String(SOCKET_PORT),
  unix_socket_permissions: '0700',
  // No replica reads from an embedded server; bulk loads write less.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Kospigraph reports failed statements; the log keeps what only the server knows.
  log_min_messages: 'log',
  log_checkpoints: 'off',
}

/** One attempt to start a server; PostgreSQL itself allows only one a cluster. */
export interface Starting {
  /** Set once the server has ended; `complaint` holds its last log lines, undefined after exit code 0. */
  ended: { readonly complaint: string | undefined } | undefined
}

/**
 * Starts a server and returns at once; the caller polls until it can join.
 * @param extra settings that override the defaults
 */
export async function startServer(
  place: Place,
  binaries: Binaries,
  extra: ServerSettings,
): Promise<Starting> {
  const settings: ServerSettings = {
    ...SETTINGS,
    unix_socket_directories: `"${place.sockets.replaceAll('"', '""')}"`,
    ...extra,
  }
  await removeStaleLocks(place)
  await makeSocketFolder(place)
  const log = await openLog(place)
  const offset = (await log.stat()).size
  const starting: Starting = { ended: undefined }
  const child = spawn(
    binaries.postgres,
    ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // In its own session: a signal to the terminal's process group must not end it before our work has finished.
    { ...place.user, cwd: place.folder, env: SERVER_ENV, detached: true, stdio: ['ignore', log.fd, log.fd] },
  )
  child.unref()
  child.on('error', (error) => (starting.ended = { complaint: explainSpawn(binaries.postgres, error) }))
  child.on('exit', (code, signal) => {
    void readTail(place.log, offset).then((tail) => {
      const how = `it ended with ${signal ?? `exit code ${code ?? ''}`}`
      starting.ended ??= { complaint: code === 0 ? undefined : tail || how }
    })
  })
  await log.close()
  return starting
}

async function openLog(place: Place): Promise<Awaited<ReturnType<typeof open>>> {
  const size = await stat(place.log).then(
    ({ size }) => size,
    () => 0,
  )
  if (size > MAX_LOG_BYTES) await truncate(place.log)
  const log = await open(place.log, 'a', 0o600)
  if (place.user) await chown(place.log, place.user.uid, place.user.gid)
  return log
}

/** @returns at most the last 12 lines of the log, from byte `offset` on */
async function readTail(file: string, offset: number): Promise<string> {
  const text = await readFile(file).catch(() => Buffer.alloc(0))
  const tail = text.subarray(Math.max(offset, text.length - TAIL_BYTES)).toString('utf8')
  return tail.trim().split('\n').slice(-12).join('\n')
}

/** Whether a server ended because another one holds the cluster, or was just releasing it. */
export function wasOccupied(complaint: string): boolean {
  return OCCUPIED.some((pattern) => pattern.test(complaint))
}

export interface Postmaster {
  readonly pid: number
  /** The folder of its socket; a process with another TMPDIR may have chosen another one than ours. */
  readonly sockets: string
}

/** Finds the running server of the cluster through PostgreSQL's lock file. @returns undefined where none runs */
export async function findPostmaster(place: Place): Promise<Postmaster | undefined> {
  const lines = (await readFile(lockFile(place), 'utf8').catch(() => '')).split('\n')
  const [pid, folder, sockets] = [Number(lines[0]), lines[1] ?? '', lines[4]]
  if (!(pid > 0) || !isAlive(pid) || !(await runsOn(pid, place.cluster, folder))) return undefined
  // If the home was moved while the server ran, its socket moved too.
  return { pid, sockets: folder === place.cluster && sockets ? sockets : place.sockets }
}

/**
 * Removes lock files that would keep PostgreSQL from starting although no server of this cluster runs. After a
 * reboot, in a restarted container or in a copied folder the process id may belong to another program; a crash may
 * leave the file empty. PostgreSQL's shared memory still guards against a server that really runs.
 */
async function removeStaleLocks(place: Place): Promise<void> {
  for (const file of [lockFile(place), path.join(place.sockets, `${SOCKET_NAME}.lock`)]) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const [pid, folder] = text.split('\n')
    const isStale =
      text === ''
        ? (await ageMs(file)) > EMPTY_LOCK_FILE_MS
        : isAlive(Number(pid)) && !(await runsOn(Number(pid), place.cluster, folder ?? ''))
    if (isStale) await rm(file, { force: true })
  }
}

function lockFile(place: Place): string {
  return path.join(place.cluster, 'postmaster.pid')
}

async function ageMs(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
}

/**
 * Whether the process is the cluster's server. On Linux its working directory decides; elsewhere the folder `noted`
 * in the lock file does.
 */
async function runsOn(pid: number, cluster: string, noted: string): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster
  } catch (error) {
    // A process that has ended but was not reaped still has an entry in /proc, and no folder.
    const procEntry = await stat(`/proc/${pid}`).catch(() => undefined)
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !procEntry && noted === cluster
  }
}

/** Asks the server to end its sessions and shut down. @returns false where it takes longer than a minute */
export async function stopServer(place: Place, { pid, sockets }: Postmaster): Promise<boolean> {
  process.kill(pid, 'SIGINT')
  const deadline = Date.now() + STOP_LIMIT_MS
  while (await isRunning(place, pid)) {
    if (Date.now() > deadline) return false
    await sleep(10)
  }
  if (sockets !== place.folder) await rmdir(sockets).catch(() => undefined)
  return true
}

/** Whether the process runs; without its lock file, one that has ended but was not reaped does not count. */
async function isRunning(place: Place, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (await stat(lockFile(place)).catch(() => undefined)) return true
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return process.platform === 'linux' && state !== '' && !/\) [ZX] /.test(state)
}
