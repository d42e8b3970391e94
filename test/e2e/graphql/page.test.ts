import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const FIRST_QUERY = new URL('../../../../scripts/graphiql/first-query.graphql', import.meta.url)
/** What Chromium sends when it opens a link. */
const BROWSER_ACCEPT = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
})
afterAll(async () => {
  await platform.close()
})

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** `fetch` would decompress the body and hide its encoding. */
async function get(headers: Record<string, string>, search = '', method = 'GET'): Promise<Answer> {
  const url = `${await platform.url()}${search}`
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers }, resolve).on('error', reject).end()
  })
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

describe('the GraphiQL page', () => {
  it('comes in the encoding that the browser accepts', async () => {
    const [plain, gzip, brotli] = await Promise.all(
      ['identity', 'gzip, deflate', 'gzip, deflate, br, zstd'].map((encoding) =>
        get({ accept: BROWSER_ACCEPT, 'accept-encoding': encoding }),
      ),
    )
    if (!plain || !gzip || !brotli) throw new Error('An answer is missing')
    expect([plain, gzip, brotli].map(({ status }) => status)).toEqual([200, 200, 200])
    expect([plain, gzip, brotli].map(({ headers }) => headers['content-encoding'])).toEqual([
      undefined,
      'gzip',
      'br',
    ])
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true)
    expect(gzip.body.length).toBeLessThan(3_000_000)
    expect(brotli.body.length).toBeLessThan(2_500_000)
    for (const { headers } of [plain, gzip, brotli]) {
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
        vary: 'accept, accept-encoding',
      })
    }
    expect(new Set([plain, gzip, brotli].map(({ headers }) => headers.etag)).size).toBe(3)
  })

  it('respects an encoding that the browser refuses', async () => {
    const { headers } = await get({ accept: 'text/html', 'accept-encoding': 'br;q=0, gzip;q=0.5' })
    expect(headers['content-encoding']).toBe('gzip')
  })

  it('is not sent again to a browser that has it', async () => {
    const headers = { accept: BROWSER_ACCEPT, 'accept-encoding': 'br' }
    const { headers: first } = await get(headers)
    const etag = String(first.etag)
    const again = await get({ ...headers, 'if-none-match': `"other", W/${etag}` })
    expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag])
    expect(again.headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'accept, accept-encoding' })
    const changed = await get({ ...headers, 'if-none-match': '"other"' })
    expect(changed.status).toBe(200)
  })

  it('answers HEAD with the same headers', async () => {
    const headers = { accept: BROWSER_ACCEPT, 'accept-encoding': 'br' }
    const [head, full] = await Promise.all([get(headers, '', 'HEAD'), get(headers)])
    expect([head.status, head.body.length]).toEqual([200, 0])
    expect(head.headers['content-length']).toBe(String(full.body.length))
    expect(head.headers.etag).toBe(full.headers.etag)
  })

  it('opens for a link with a query, and a program gets JSON from the same address', async () => {
    const search = `?${new URLSearchParams({ query: '{ recipes { name } }' }).toString()}`
    const page = await get({ accept: BROWSER_ACCEPT }, search)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    for (const accept of [
      '*/*',
      'application/json',
      'application/graphql-response+json, application/json;q=0.9',
    ]) {
      const json = await get({ accept, 'apollo-require-preflight': 'true' }, search)
      expect(json.headers['content-type']).toMatch(/json/)
      expect(json.body.toString()).toContain('"seed"')
    }
  })

  it('needs no other host', async () => {
    const { headers, body } = await get({ accept: BROWSER_ACCEPT })
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers['content-security-policy']).not.toMatch(/https?:|unsafe-eval/)
    expect(body.toString()).not.toMatch(/<(script|link)[^>]+(src|href)=["']https?:/)
  })

  it('opens with a query that runs over the sample market', async () => {
    await platform.services.loadSampleMarket()
    const { forecast, bars } = await platform.query<{
      forecast: { predictedClose: number }
      bars: { edges: unknown[] }
    }>(await readFile(FIRST_QUERY, 'utf8'))
    expect(forecast.predictedClose).toBeGreaterThan(0)
    expect(bars.edges).toHaveLength(5)
  })
})
