import { readdirSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const MAX_FILES = 20
const MAX_ROOT_FILES = 8
const LAYERS = ['domain', 'ml', 'db', 'services', 'graphql', 'cli']

/** Hand-written files of each folder, by the folder's path. */
function filesByFolder(): Map<string, string[]> {
  const folders = new Map<string, string[]>()
  for (const top of ['src', 'test', 'bench', 'scripts']) {
    for (const entry of readdirSync(path.join(ROOT, top), { recursive: true, withFileTypes: true })) {
      const folder = path.relative(ROOT, entry.parentPath)
      if (!entry.isFile() || folder.startsWith('src/db/generated')) continue
      folders.set(folder, [...(folders.get(folder) ?? []), entry.name])
    }
  }
  return folders
}

it('a folder of sources with more than 20 files wants a topic of its own', () => {
  const large = [...filesByFolder()].filter(([, files]) => files.length > MAX_FILES)
  expect(large).toEqual([])
})

it.each(LAYERS)('the root of %s has at most eight files, those that belong to every topic', (layer) => {
  expect(filesByFolder().get(`src/${layer}`)?.length ?? 0).toBeLessThanOrEqual(MAX_ROOT_FILES)
})
