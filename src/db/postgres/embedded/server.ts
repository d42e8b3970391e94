/**
 * The server process over a cluster: started so that it outlives a terminal's Ctrl-C, found again through
 * PostgreSQL's own `postmaster.pid`, and stopped by the last user.
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
/** A server writes its lock file in the moment it makes it; one that stays empty is left from a crash. */
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
  // Nobody replicates from an embedded server; bulk loads write less.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Kospigraph reports what fails; the log keeps what only the server knows.
  log_min_messages: 'log',
  log_checkpoints: 'off',
}

/** One attempt to start; PostgreSQL itself sees to it that a cluster has one server. */
export interface Starting {
  /** Set once the server has ended; `complaint` is what it said, where it ended by mistake. */
  ended: { readonly complaint: string | undefined } | undefined
}

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
    // Its own session: a signal to the terminal's process group must not end it before we have drained.
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

/** The last lines of the log, from `offset` on. */
async function readTail(file: string, offset: number): Promise<string> {
  const text = await readFile(file).catch(() => Buffer.alloc(0))
  const tail = text.subarray(Math.max(offset, text.length - TAIL_BYTES)).toString('utf8')
  return tail.trim().split('\n').slice(-12).join('\n')
}

/** Whether a server that ended said that another one has the cluster, or was just leaving it. */
export function wasOccupied(complaint: string): boolean {
  return OCCUPIED.some((pattern) => pattern.test(complaint))
}

export interface Postmaster {
  readonly pid: number
  /** Where it listens, which a differing TMPDIR may have put elsewhere than we would. */
  readonly sockets: string
}

/** The server that runs on the cluster, as PostgreSQL's own lock file tells; undefined where none does. */
export async function findPostmaster(place: Place): Promise<Postmaster | undefined> {
  const lines = (await readFile(lockFile(place), 'utf8').catch(() => '')).split('\n')
  const [pid, folder, sockets] = [Number(lines[0]), lines[1] ?? '', lines[4]]
  if (!(pid > 0) || !isAlive(pid) || !(await runsOn(pid, place.cluster, folder))) return undefined
  // Where the home was moved under a running server, its socket moved along.
  return { pid, sockets: folder === place.cluster && sockets ? sockets : place.sockets }
}

/**
 * Removes lock files that PostgreSQL would believe although they name no server of this cluster: the process
 * number belongs to somebody else after a reboot, in a restarted container or in a copied folder, or a crash
 * left the file empty. PostgreSQL's shared memory still guards against a server that is really there.
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

/** A server works in its cluster's folder, which Linux tells; elsewhere we believe what it noted down. */
async function runsOn(pid: number, cluster: string, noted: string): Promise<boolean> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === cluster
  } catch (error) {
    // A process that has ended but was not reaped still has its number, and no folder.
    const told = await stat(`/proc/${pid}`).catch(() => undefined)
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !told && noted === cluster
  }
}

/** Asks the server to end its sessions and write everything down; false where it takes longer than a minute. */
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

/** A process that nobody has reaped is gone all the same once it has given up its lock file. */
async function isRunning(place: Place, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (await stat(lockFile(place)).catch(() => undefined)) return true
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return process.platform === 'linux' && state !== '' && !/\) [ZX] /.test(state)
}
