/** `scripts/complete-lock.js` on lock files of its own, beside a registry on this machine. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/complete-lock.js', import.meta.url))
const HASH = `sha512-${'A'.repeat(86)}==`

type Entry = Readonly<Record<string, unknown>>
const KERNEL: Entry = { version: '1.0.0', integrity: HASH, optionalDependencies: { 'kernel-mac': '1.0.0' } }
const MAC: Entry = {
  version: '1.0.0',
  integrity: HASH,
  cpu: ['arm64'],
  license: 'MIT',
  optional: true,
  os: ['darwin'],
}

let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kospigraph-lock-'))
  file = path.join(folder, 'package-lock.json')
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function writeLock(packages: Readonly<Record<string, Entry>>): Promise<void> {
  await writeFile(file, JSON.stringify({ packages: { '': { name: 'x' }, ...packages } }))
}

async function readLock(): Promise<Readonly<Record<string, Entry>>> {
  return (JSON.parse(await readFile(file, 'utf8')) as { packages: Record<string, Entry> }).packages
}

function complete(
  args: readonly string[] = [],
  registry = 'http://127.0.0.1:1/',
): Promise<{ readonly code: unknown; readonly complaint: string }> {
  const npm = {
    npm_config_registry: registry,
    npm_config_fetch_retries: '0',
    npm_config_cache: path.join(folder, 'cache'),
  }
  return new Promise((resolve) => {
    const env = { ...process.env, ...npm }
    execFile(process.execPath, [SCRIPT, ...args, file], { env }, (error, _, complaint) =>
      resolve({ code: error?.code ?? 0, complaint }),
    )
  })
}

async function withRegistry(work: (url: string) => Promise<void>): Promise<void> {
  const registry = createServer((_, response) => {
    const { version, cpu, os, license } = MAC
    const mac = { name: 'kernel-mac', version, cpu, os, license, dist: { integrity: HASH, tarball: 'x' } }
    const versions = { '1.0.0': mac }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name: 'kernel-mac', 'dist-tags': { latest: '1.0.0' }, versions }))
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(registry.address() as AddressInfo).port}/`)
  } finally {
    registry.close()
  }
}

test.each<[string, Record<string, Entry>, RegExp]>([
  [
    'lacks the package of another platform',
    { 'node_modules/kernel': KERNEL },
    /lacks node_modules\/kernel-mac; run: node scripts\/complete-lock\.js/,
  ],
  [
    'has an entry without a hash',
    { 'node_modules/kernel': { ...KERNEL, integrity: undefined }, 'node_modules/kernel-mac': MAC },
    /no integrity for node_modules\/kernel; run: node scripts\/complete-lock\.js/,
  ],
  [
    'names a host',
    { 'node_modules/kernel-mac': { ...MAC, resolved: 'https://registry.example/x.tgz' } },
    /names a host for node_modules\/kernel-mac/,
  ],
])('--check fails where the lock file %s', async (_, packages, complaint) => {
  await writeLock(packages)
  const ended = await complete(['--check'])
  expect(ended).toEqual({ code: 1, complaint: expect.stringMatching(complaint) as string })
  expect(ended.complaint.trim().split('\n')).toHaveLength(1)
})

test('where the registry cannot be reached nothing is written, and the message names the package', async () => {
  await writeLock({ 'node_modules/kernel': KERNEL })
  const { code, complaint } = await complete()
  expect(complaint).toMatch(/^The registry did not describe kernel-mac@1\.0\.0: .*ECONNREFUSED/)
  expect(code).toBe(1)
  expect(await readLock()).not.toHaveProperty(['node_modules/kernel-mac'])
})

test("a missing entry is added with the registry's hash and platform, and a bare one is completed", async () => {
  await withRegistry(async (url) => {
    for (const bare of [{}, { 'node_modules/kernel-mac': { version: '1.0.0', optional: true } }]) {
      await writeLock({ 'node_modules/kernel': KERNEL, ...bare })
      expect(await complete([], url)).toEqual({ code: 0, complaint: '' })
      expect((await readLock())['node_modules/kernel-mac']).toEqual(MAC)
      expect(await complete(['--check'])).toEqual({ code: 0, complaint: '' })
    }
  })
})
