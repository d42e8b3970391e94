/**
 * Chooses and prepares the folder of an embedded database, which holds the cluster, the server's log and the socket.
 *
 * Only the server's user can enter the folder (mode 0700). The server trusts every connection on the socket, so
 * this mode is the access control.
 */
import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { KospigraphError, messageOf } from '../../../errors.js'
import type { ServerUser } from './server-user.js'
import { canReach, chooseServerUser } from './server-user.js'

/** Part of the socket's file name; the server opens no TCP port. */
export const SOCKET_PORT = 5432
/** Holds data and binaries when Kospigraph runs as root and the server's user cannot reach the home. */
export const SYSTEM_FOLDER = '/var/lib/kospigraph'

const FOLDER_NAME = 'postgres'
export const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`
/** The kernel's limit is 107 bytes on Linux and 103 on macOS. */
const MAX_SOCKET_PATH_BYTES = 90

export interface Place {
  /** The data home, symbolic links resolved. */
  readonly home: string
  /** Holds the cluster and the log, and the socket where its path fits. */
  readonly folder: string
  readonly cluster: string
  readonly sockets: string
  readonly log: string
  /** Undefined where the server runs as the caller. */
  readonly user: ServerUser | undefined
}

/**
 * Finds or creates the folder for `home`. Where the server's user cannot reach it, uses one in `SYSTEM_FOLDER` and
 * logs that.
 * @throws KospigraphError DATABASE where no folder can be used
 */
export async function preparePlace(home: string, log: (line: string) => void): Promise<Place> {
  const resolvedHome = await makeHome(home)
  const preferred = path.join(resolvedHome, FOLDER_NAME)
  const substitute = path.join(SYSTEM_FOLDER, substituteName(resolvedHome))
  // Once data is in the substitute it stays there, even if permissions change later.
  const moved = (await exists(path.join(substitute, 'data'))) && !(await exists(path.join(preferred, 'data')))
  const existing = moved ? substitute : (await exists(preferred)) ? preferred : undefined
  const user = await chooseServerUser(existing)
  const folder = user
    ? await folderForUser(user, moved ? [substitute] : [preferred, substitute])
    : await ownFolder(preferred)
  if (folder === substitute)
    log(`PostgreSQL's user cannot reach ${resolvedHome}; the database is in ${substitute}.`)
  const place: Place = {
    home: resolvedHome,
    folder,
    cluster: path.join(folder, 'data'),
    sockets: socketFolder(folder),
    log: path.join(folder, 'server.log'),
    user,
  }
  await refuseForeignSockets(place)
  return place
}

async function makeHome(home: string): Promise<string> {
  try {
    const made = await mkdir(home, { recursive: true })
    // The server's user must be able to pass through whatever the umask is; it need not list the folder.
    if (made !== undefined && process.getuid?.() === 0) await chmod(home, 0o711)
    return await realpath(home)
  } catch (error) {
    throw new KospigraphError(
      'DATABASE',
      `The data folder ${home} cannot be created: ${messageOf(error)}; make it writable, choose another one, or set DATABASE_URL`,
      { cause: error },
    )
  }
}

async function ownFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { uid } = await stat(folder)
  if (uid !== process.getuid?.()) {
    throw new KospigraphError(
      'DATABASE',
      `The database folder ${folder} belongs to another user (uid ${uid}); run Kospigraph as that user, choose another data folder, or set DATABASE_URL`,
    )
  }
  await chmod(folder, 0o700)
  return folder
}

/** @returns the first candidate that the user can reach and own */
async function folderForUser(user: ServerUser, candidates: readonly string[]): Promise<string> {
  for (const folder of candidates) {
    const parent = path.dirname(folder)
    if (parent === SYSTEM_FOLDER) await makeSystemFolder()
    if ((await canReach(user, parent)) && (await giveTo(user, folder))) return folder
  }
  throw new KospigraphError(
    'DATABASE',
    `PostgreSQL does not run as root, and its user (uid ${user.uid}) can reach none of ${candidates.join(', ')}; choose a data folder that other users can pass through, or set DATABASE_URL`,
  )
}

/** Creates `SYSTEM_FOLDER`, readable by all users. */
export async function makeSystemFolder(): Promise<void> {
  const made = await mkdir(SYSTEM_FOLDER, { recursive: true })
  if (made !== undefined) await chmod(SYSTEM_FOLDER, 0o755)
}

/** Names the substitute folder after its home; the hash separates homes of the same name. */
function substituteName(home: string): string {
  const hidden = path.basename(home).startsWith('.')
  const name = path.basename(hidden ? path.dirname(home) : home)
  return `${name || 'root'}-${shortHash(home)}`
}

/** Creates the folder and makes the user its owner. @returns false where the file system keeps no owners */
async function giveTo(user: ServerUser, folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chown(folder, user.uid, user.gid)
    await chmod(folder, 0o700)
    return (await stat(folder)).uid === user.uid
  } catch {
    return false
  }
}

function socketFolder(folder: string): string {
  const fits = Buffer.byteLength(path.join(folder, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES
  return fits ? folder : path.join(tmpdir(), `kospigraph-${shortHash(folder)}`)
}

/** Creates the socket's folder where it is not the database folder; the process that stops the server removes it. */
export async function makeSocketFolder(place: Place): Promise<void> {
  const { folder, sockets, user } = place
  if (sockets === folder) return
  try {
    await mkdir(sockets, { mode: 0o700 })
    if (user) await chown(sockets, user.uid, user.gid)
  } catch {
    await refuseForeignSockets(place)
  }
}

/** Refuses a socket folder that another user owns or can enter: any user can create one in the temporary folder. */
async function refuseForeignSockets({ folder, sockets, user }: Place): Promise<void> {
  const found = await lstat(sockets).catch(() => undefined)
  const owner = user?.uid ?? process.getuid?.()
  if (!found || (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0)) return
  throw new KospigraphError(
    'DATABASE',
    `The socket folder ${sockets} is not a private folder of the server's user (uid ${owner ?? 'unknown'}); remove it, or choose a data folder with a shorter path than ${folder}`,
  )
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
