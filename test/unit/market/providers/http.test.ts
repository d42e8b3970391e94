import { inspect } from 'node:util'
import { createHttpClient } from '../../../../src/market/providers/http.js'
import type { HttpLimits, Timing, VendorManners } from '../../../../src/market/providers/http.js'
import { ProviderFailure } from '../../../../src/market/providers/provider.js'
import { deadUrl, hangs, sends, startVendor } from '../../../support/vendors.js'
import type { Respond, Vendor } from '../../../support/vendors.js'

let vendor: Vendor | undefined
afterEach(async () => {
  await vendor?.close()
  vendor = undefined
})

/** Time that only sleeping moves, and chance that always draws the same. */
function timing(draw = 0.5): Timing & { readonly slept: number[]; atMs: number } {
  const slept: number[] = []
  return {
    slept,
    atMs: 0,
    nowMs() {
      return this.atMs
    },
    sleep(ms, signal) {
      slept.push(ms)
      this.atMs += ms
      signal.throwIfAborted()
      return Promise.resolve()
    },
    random: () => draw,
  }
}

interface Asked {
  readonly status: number
  readonly text: string
  readonly requests: number
}

interface AskOptions {
  readonly limits?: Partial<HttpLimits>
  readonly time?: Timing
  readonly signal?: AbortSignal
}

async function ask(
  respond: Respond | string,
  { limits = {}, time = timing(), signal = new AbortController().signal }: AskOptions = {},
): Promise<Asked> {
  let base = respond
  if (typeof base !== 'string') {
    vendor = await startVendor(base)
    base = vendor.url
  }
  let requests = 0
  const http = createHttpClient(time, { spacingMs: 0, ...limits })
  const { status, body } = await http.get(new URL('/bars', base), {
    signal,
    onRequest: () => (requests += 1),
  })
  return { status, text: Buffer.from(body).toString(), requests }
}

/** Each answer once, the last one from then on. */
function inTurn(...answers: readonly Respond[]): Respond {
  let next = 0
  return (...call) => {
    const answer = answers[Math.min(next, answers.length - 1)]
    next += 1
    answer?.(...call)
  }
}

describe('asking a vendor over HTTP', () => {
  it('fails after four tries where no server answers', async () => {
    const time = timing()
    await expect(ask(await deadUrl(), { time })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED$/) as string,
    })
    // Half of 1, 2 and 4 s, as the chance drawn says.
    expect(time.slept).toEqual([500, 1_000, 2_000])
  })

  it('fails where a server never answers', async () => {
    // Long enough for a busy machine to receive the request.
    const asked = ask(hangs, { limits: { timeoutMs: 500 } })
    await expect(asked).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/0\.5 s/) as string,
    })
    expect(vendor?.asked).toHaveLength(4)
  })

  it('fails where a body stalls', async () => {
    const stalls: Respond = (_, response) => {
      response.writeHead(200).write('{')
    }
    await expect(ask(stalls, { limits: { timeoutMs: 50 } })).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('reads no further than its limit, and does not retry', async () => {
    const endless: Respond = (_, response) => {
      response.writeHead(200)
      const more = (): void => {
        if (response.destroyed) return
        response.write('x'.repeat(10_000), () => setImmediate(more))
      }
      more()
    }
    await expect(ask(endless, { limits: { maxBytes: 100_000 } })).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(vendor?.asked).toHaveLength(1)
  })

  it('waits as long as a throttling vendor requests, then retries', async () => {
    const time = timing()
    const answered = await ask(inTurn(sends('', 429, { 'retry-after': '7' }), sends('good')), { time })
    expect(answered).toEqual({ status: 200, text: 'good', requests: 2 })
    expect(time.slept).toEqual([7_000])
  })

  it('does not wait where a vendor requests an hour', async () => {
    const time = timing()
    await expect(ask(sends('', 429, { 'retry-after': '3600' }), { time })).rejects.toMatchObject({
      code: 'THROTTLED',
      message: expect.stringMatching(/it asks to wait 3600 s/) as string,
    })
    expect(time.slept).toEqual([])
  })

  it('retries after a server error and returns the next answer', async () => {
    const answered = await ask(inTurn(sends('', 500), sends('', 503), sends('no such thing', 404)))
    expect(answered).toEqual({ status: 404, text: 'no such thing', requests: 3 })
    await vendor?.close()
    await expect(ask(sends('', 502))).rejects.toMatchObject({ code: 'SERVER_ERROR' })
  })

  it('does not retry where access is denied', async () => {
    await expect(ask(sends('', 403))).rejects.toMatchObject({ code: 'REFUSED' })
    expect(vendor?.asked).toHaveLength(1)
  })

  it('follows redirects within the host only, and only a few', async () => {
    const away = sends('', 302, { location: 'https://consent.example/page' })
    await expect(ask(away)).rejects.toMatchObject({
      code: 'CHANGED_FORMAT',
      message: expect.stringMatching(
        /redirects to https:\/\/consent\.example instead of answering/,
      ) as string,
    })
    await vendor?.close()
    await expect(ask(sends('', 302, { location: '/again' }))).rejects.toMatchObject({
      code: 'CHANGED_FORMAT',
    })
    expect(vendor?.asked).toHaveLength(4)
    await vendor?.close()
    const moved = await ask(inTurn(sends('', 301, { location: '/elsewhere' }), sends('here')))
    expect(moved).toMatchObject({ text: 'here', requests: 2 })
    expect(vendor?.asked).toEqual(['/bars', '/elsewhere'])
  })

  it('spaces requests, however many are made at once', async () => {
    const time = timing()
    vendor = await startVendor(sends('good'))
    const http = createHttpClient(time, { spacingMs: 400 })
    const question = { signal: new AbortController().signal, onRequest: () => undefined }
    const url = new URL(vendor.url)
    await Promise.all([http.get(url, question), http.get(url, question), http.get(url, question)])
    // The clock of the test moves when somebody sleeps: the second turn is at 400, the third at 800.
    expect(time.slept).toEqual([400, 400])
    expect(time.atMs).toBe(800)
  })

  it('stops at once on abort, with the reason of the signal', async () => {
    const stop = new AbortController()
    const stopsFirst: Respond = () => stop.abort(new Error('enough'))
    await expect(ask(stopsFirst, { signal: stop.signal })).rejects.toThrow('enough')
    expect(vendor?.asked).toHaveLength(1)
  })

  it.each([
    ['a captcha', '<html><body>Please solve the CAPTCHA</body></html>'],
    ['a login', '<!doctype html><html><head><title>로그인 - KRX</title></head></html>'],
    ['a form for a password', '<form action="/in"><input name="pw" type="password"></form>'],
    ['a notice of a block', '<p>해당 IP의 접속이 일시적으로 제한되었습니다.</p>'],
  ])('counts %s in place of data as a refusal, and does not retry', async (_, page) => {
    await expect(ask(sends(page))).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringMatching(/answered with status 200 and a .*page.* instead of data/) as string,
    })
    expect(vendor?.asked).toHaveLength(1)
  })

  it('counts a notice in the older Korean encoding, and a redirect to a login, as refusals', async () => {
    // "접속이 차단" in EUC-KR.
    const notice = Buffer.concat([Buffer.from('<p>'), Buffer.from('c1a2bcd3c0cc20c2f7b4dc', 'hex')])
    await expect(ask(sends(notice))).rejects.toMatchObject({ code: 'REFUSED' })
    await vendor?.close()
    const login = sends('', 302, { location: 'https://accounts.example/login?next=/' })
    await expect(ask(login)).rejects.toMatchObject({ code: 'REFUSED' })
  })

  it('leaves other pages to the provider: one that only links to a login is not a block', async () => {
    const page = '<html><title>Not found</title><a href="/login">로그인</a></html>'
    expect(await ask(sends(page, 404))).toMatchObject({ status: 404, text: page })
  })

  it('keeps how long a vendor asks to be left alone', async () => {
    const busy = sends('', 429, { 'retry-after': '3600' })
    await expect(ask(busy)).rejects.toMatchObject({ code: 'THROTTLED', retryAfterMs: 3_600_000 })
    await vendor?.close()
    const denied = sends('', 403, { 'retry-after': '60' })
    await expect(ask(denied)).rejects.toMatchObject({ code: 'REFUSED', retryAfterMs: 60_000 })
  })
})

describe("a client with a vendor's manners", () => {
  const KEY = 'key-of-a-test-1234'
  const question = { signal: new AbortController().signal, onRequest: () => undefined }
  const client = (manners: VendorManners) => createHttpClient(timing(), { spacingMs: 0 }, manners)

  it('sends its headers, and JSON in a body', async () => {
    const seen: string[] = []
    vendor = await startVendor((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        seen.push(
          `${request.method} ${String(request.headers['auth_key'])} ${String(request.headers['tr_id'])} ${body}`,
        )
        response.end('{}')
      })
    })
    const http = client({ headers: { AUTH_KEY: KEY } })
    await http.get(new URL(vendor.url), question, { tr_id: 'T1' })
    await http.post(new URL(vendor.url), { grant: 1 }, question)
    expect(seen).toEqual([`GET ${KEY} T1 `, `POST ${KEY} undefined {"grant":1}`])
  })

  it('asks before every request whether it may, retries included', async () => {
    let left = 2
    const admit = (): Promise<void> => {
      left -= 1
      return left < 0 ? Promise.reject(new ProviderFailure('OVER_BUDGET', 'spent')) : Promise.resolve()
    }
    vendor = await startVendor(sends('', 500))
    await expect(client({ admit }).get(new URL(vendor.url), question)).rejects.toMatchObject({
      code: 'OVER_BUDGET',
    })
    expect(vendor.asked).toHaveLength(2)
  })

  it("tells a vendor's own failures apart before the status does", async () => {
    vendor = await startVendor(sends('{"code":"X1"}', 500))
    const judge: VendorManners['judge'] = ({ body }) =>
      Buffer.from(body).includes('X1')
        ? { failure: new ProviderFailure('THROTTLED', 'too fast'), again: false }
        : undefined
    await expect(client({ judge }).get(new URL(vendor.url), question)).rejects.toMatchObject({
      code: 'THROTTLED',
      message: 'too fast',
    })
    expect(vendor.asked).toHaveLength(1)
  })

  it('takes keys out of every message, also where the vendor or Node repeats them', async () => {
    vendor = await startVendor(sends(`{"error":"bad key ${KEY}"}`))
    const secrets = () => [KEY]
    const judge: VendorManners['judge'] = ({ body }) => ({
      failure: new ProviderFailure('REFUSED', Buffer.from(body).toString(), { cause: new Error(KEY) }),
      again: false,
    })
    const url = new URL(vendor.url)
    const said = await client({ secrets, judge })
      .get(url, question)
      .catch((error: unknown) => error)
    expect(said).toMatchObject({ code: 'REFUSED', message: '{"error":"bad key [redacted]"}' })
    expect(inspect(said, { depth: 5 })).not.toContain(KEY)
    // A key that is no header makes fetch fail with a message that has it.
    const broken = await client({ secrets: () => [`${KEY}\n`, KEY], headers: { AUTH_KEY: `${KEY}\n\u0000` } })
      .get(url, question)
      .catch((error: unknown) => error)
    expect(broken).toBeInstanceOf(Error)
    expect(inspect(broken, { depth: 5 })).not.toContain(KEY)
  })
})
