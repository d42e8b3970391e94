import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

type Stamps = Record<string, [stamp: string, hash: string]>
interface Hasher {
  hashOf(files: readonly string[]): string
  stamps(): { remembered: Stamps; isChanged: boolean }
}

// Compiled tests lie in dist/test/unit/scripts.
const module = new URL('../../../../scripts/file-hashes.js', import.meta.url).href
const { createHasher } = (await import(module)) as {
  createHasher: (root: string, known: Stamps, nowMs?: number) => Hasher
}

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'kospigraph-hashes-'))
})
afterEach(async () => {
  await rm(root, { recursive: true })
})

const write = (text: string): Promise<void> => writeFile(path.join(root, 'a.ts'), text)
const aMinuteLater = (): number => Date.now() + 60_000

it('remembers the hash of a file and reads it again once it changes', async () => {
  await write('one')
  const first = createHasher(root, {}, aMinuteLater())
  const hash = first.hashOf(['a.ts'])
  const { remembered, isChanged } = first.stamps()
  expect(isChanged).toBe(true)

  // A remembered hash that no content has shows that the file is not read.
  const [stamp = ''] = remembered['a.ts'] ?? []
  const pretended = createHasher(root, { 'a.ts': [stamp, 'pretended'] })
  expect(pretended.hashOf(['a.ts'])).not.toBe(hash)
  expect(pretended.stamps().isChanged).toBe(false)

  await write('two')
  const second = createHasher(root, remembered)
  expect(second.hashOf(['a.ts'])).not.toBe(hash)
  await write('one')
  expect(createHasher(root, remembered).hashOf(['a.ts'])).toBe(hash)
})

it('sees a change whose size and modification time were kept', async () => {
  await write('one')
  const past = new Date('2024-01-01T00:00:00Z')
  await utimes(path.join(root, 'a.ts'), past, past)
  const first = createHasher(root, {}, aMinuteLater())
  const hash = first.hashOf(['a.ts'])
  await write('two')
  await utimes(path.join(root, 'a.ts'), past, past)
  expect(createHasher(root, first.stamps().remembered).hashOf(['a.ts'])).not.toBe(hash)
})

it('does not remember a file that was written within two seconds', async () => {
  await write('one')
  const hasher = createHasher(root, {})
  hasher.hashOf(['a.ts'])
  expect(hasher.stamps()).toEqual({ remembered: {}, isChanged: false })
})
