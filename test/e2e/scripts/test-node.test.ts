/** `npm run test:node` where it cannot run the tests; CI runs it where it can. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../../../../scripts/test-node.js', import.meta.url))
/** Older than any Node with worker threads, so it is never in the cache. */
const VERSION = '0.1'

interface Ended {
  readonly code: unknown
  readonly complaint: string
}

function testOn(args: readonly string[], registry = 'http://127.0.0.1:1/'): Promise<Ended> {
  const env = { ...process.env, npm_config_registry: registry, npm_config_fetch_retries: '0' }
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { env }, (error, _, complaint) =>
      resolve({ code: error?.code ?? 0, complaint }),
    )
  })
}

test.each([
  [[], /^Name the Node to test on, such as 22 or 20\.19: npm run test:node -- 22 test\/unit\n$/],
  [['test/unit'], /^Name the Node .*; test\/unit is not a version\n$/],
])('a missing version in %j fails with an example', async (args, complaint) => {
  const ended = await testOn(args)
  expect(ended).toEqual({ code: 2, complaint: expect.stringMatching(complaint) as string })
})

test('a version that the registry does not have is refused by its number', async () => {
  const registry = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1))
    const versions = { '22.0.0': { name, version: '22.0.0', dist: { tarball: 'http://127.0.0.1:1/' } } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name, 'dist-tags': { latest: '22.0.0' }, versions }))
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = registry.address() as AddressInfo
    const { code, complaint } = await testOn([VERSION], `http://127.0.0.1:${port}/`)
    expect(complaint).toMatch(
      /^The registry has no Node 0\.1 for \S+; name a version that it has, such as 22/,
    )
    expect(code).toBe(1)
  } finally {
    registry.close()
  }
})

test('a registry that cannot be reached is reported with the reason and the setting to check', async () => {
  const { code, complaint } = await testOn([VERSION])
  expect(complaint).toMatch(
    /^Node 0\.1 could not be fetched from the registry \(.*ECONNREFUSED.*\); check the connection and npm's setting "registry"\.\n$/,
  )
  expect(code).toBe(1)
})
