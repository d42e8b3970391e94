// Hashes of files that were not changed since are remembered beside their size and times: reading and hashing every
// source took 0.2 s of every start.
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** Coarsest times of a file system: a file that is younger than this may change again under the same stamp. */
const STAMP_AGE_MS = 2_000

/**
 * @param {string} root folder that files are named from
 * @param {Record<string, [stamp: string, hash: string]>} known what `stamps` returned before
 */
export function createHasher(root, known, nowMs = Date.now()) {
  const remembered = {}
  let isChanged = false

  const contentHash = (file) => {
    const absolute = path.join(root, file)
    const { size, mtimeMs, ctimeMs } = statSync(absolute)
    // ctime as well: `cp -p` and unpacking an archive set mtime back.
    const stamp = `${size} ${mtimeMs} ${ctimeMs}`
    const [knownStamp, knownHash] = known[file] ?? []
    if (knownStamp === stamp) {
      remembered[file] = known[file]
      return knownHash
    }
    const hash = createHash('sha256').update(readFileSync(absolute)).digest('hex')
    if (nowMs - ctimeMs > STAMP_AGE_MS) {
      remembered[file] = [stamp, hash]
      isChanged = true
    }
    return hash
  }

  return {
    /** Hash of the names and contents of files. */
    hashOf(files) {
      const hash = createHash('sha256')
      for (const file of files) hash.update(`${file}\0${contentHash(file)}\0`)
      return hash.digest('hex')
    },
    /** What to remember until the next start, and whether it differs from what was known. */
    stamps: () => ({ remembered, isChanged }),
  }
}
