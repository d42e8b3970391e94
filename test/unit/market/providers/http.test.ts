import { createHttpClient } from '../../../../src/market/providers/http.js'
import type { HttpLimits, Timing } from '../../../../src/market/providers/http.js'
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
    const asked = ask(hangs, { limits: { timeoutMs: 20 } })
    await expect(asked).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/0\.02 s/) as string,
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
})
