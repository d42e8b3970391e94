/**
 * Chooses the system user that PostgreSQL runs as, and checks which folders that user can reach.
 *
 * PostgreSQL refuses to run as root. Under root, an existing data folder keeps its owner; a new one is given to a user
 * that every system has, because creating users is up to the administrator.
 */
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { KospigraphError } from '../../../errors.js'

export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

const BORROWED_NAMES = ['postgres', 'nobody']

/**
 * @returns undefined where Kospigraph does not run as root: the server then runs as the same user
 * @throws KospigraphError DATABASE where root finds no user to run it as
 */
export async function chooseServerUser(existingFolder: string | undefined): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  if (existingFolder !== undefined) {
    const { uid, gid } = await stat(existingFolder)
    if (uid !== 0) return { uid, gid }
  }
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const accounts = passwd.split('\n').map((line) => line.split(':'))
  for (const name of BORROWED_NAMES) {
    const account = accounts.find((fields) => fields[0] === name)
    const uid = Number(account?.[2])
    const gid = Number(account?.[3])
    if (uid > 0 && gid > 0) return { uid, gid }
  }
  throw new KospigraphError(
    'DATABASE',
    `PostgreSQL does not run as root, and this system has neither of the users ${BORROWED_NAMES.join(' and ')}; run Kospigraph as an ordinary user, or set DATABASE_URL`,
  )
}

/** Whether the user may pass through every folder down to and including `folder`. */
export async function canReach(user: ServerUser, folder: string): Promise<boolean> {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    if (!(await mayPass(user, current))) return false
    if (current === path.dirname(current)) return true
  }
}

async function mayPass(user: ServerUser, folder: string): Promise<boolean> {
  const { mode, uid, gid } = await stat(folder)
  if (uid === user.uid) return (mode & 0o100) !== 0
  if (gid === user.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
}
