import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { inspect } from 'node:util'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { defineSymbol } from '../../../../src/domain/symbol.js'
import { createHttpClient, systemTiming } from '../../../../src/market/providers/http.js'
import { createKis, judgeKis } from '../../../../src/market/providers/kis.js'
import { createKisTokens } from '../../../../src/market/providers/kis-token.js'
import type { BarProvider, ProviderAnswer } from '../../../../src/market/providers/provider.js'
import { rawBars } from '../../../support/bars.js'
import { createTestFolder } from '../../../support/database.js'
import { kisPage, sends, startVendor } from '../../../support/vendors.js'
import type { Respond, Vendor } from '../../../support/vendors.js'

const KEYS = { appKey: 'APPKEY-of-a-test', appSecret: 'APPSECRET-of-a-test' }
const SHARE = rawBars({ symbol: '005930', from: '2023-01-02', count: 250, decimals: 0 })
const LAST = SHARE.at(-1)?.session ?? ''

let vendor: Vendor
let file: string
let now: Date
let tokens: number
let bars: Respond

beforeEach(async () => {
  file = path.join(await createTestFolder(), 'home', 'kis-token.json')
  now = new Date('2024-07-10T09:00:00Z')
  tokens = 0
  bars = chart()
  vendor = await startVendor((request, response, url) => {
    if (url.pathname !== '/oauth2/tokenP') {
      bars(request, response, url)
      return
    }
    tokens += 1
    sends(JSON.stringify({ access_token: `TOKEN-${tokens}`, token_type: 'Bearer', expires_in: 86_400 }))(
      request,
      response,
      url,
    )
  })
})
afterEach(() => vendor.close())

/** At most 100 bars up to the end asked for, newest first; with an empty object, as the vendor has for days without one. */
function chart(index = false, most = 100): Respond {
  return (request, response, url) => {
    const dashed = (name: string): string =>
      (url.searchParams.get(name) ?? '').replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
    const [from, to] = [dashed('FID_INPUT_DATE_1'), dashed('FID_INPUT_DATE_2')]
    const found = SHARE.filter(({ session }) => session >= from && session <= to).slice(-most)
    const page = JSON.parse(kisPage(found, index)) as { output2: unknown[] }
    sends(JSON.stringify({ ...page, output2: [...page.output2, {}] }))(request, response, url)
  }
}

/** A process of its own. */
function open(): BarProvider {
  const timing = { ...systemTiming, sleep: () => Promise.resolve() }
  const manners = { judge: judgeKis, secrets: () => [KEYS.appKey, KEYS.appSecret] }
  const http = createHttpClient(timing, { spacingMs: 0 }, manners)
  const issued = createKisTokens({ base: vendor.url, http, keys: KEYS, file, now: () => now })
  return createKis({ base: vendor.url, http, keys: KEYS, tokens: issued })
}

function ask(
  provider: BarProvider,
  code = '005930',
  from = '2023-01-02',
  to = LAST,
): Promise<ProviderAnswer> {
  return provider.fetch({
    symbol: defineSymbol(code),
    from: from as Session,
    to: to as Session,
    signal: new AbortController().signal,
    onRequest: () => undefined,
  })
}

describe("Korea Investment's API", () => {
  it('pages back in time, a hundred bars a request, with prices as traded', async () => {
    const answer = await ask(open())
    expect(answer.rows.map(({ session, close, volume }) => [session, close, volume])).toEqual(
      SHARE.map(({ session, close, volume }) => [session, close, volume]),
    )
    expect(answer.basis).toEqual({ closeBasis: 'UNKNOWN', volumeBasis: 'UNKNOWN', adjustment: 'RAW' })
    const pages = vendor.asked.slice(1).map((one) => new URL(one, vendor.url).searchParams)
    expect(pages).toHaveLength(3)
    expect(pages[0]?.get('FID_COND_MRKT_DIV_CODE')).toBe('J')
    expect(pages[0]?.get('FID_ORG_ADJ_PRC')).toBe('1')
  })

  it('asks for an index by its own number, and reads its volume in thousands', async () => {
    bars = chart(true, 50)
    const { rows } = await ask(open(), 'KOSDAQ')
    expect(rows).toHaveLength(250)
    expect(rows[0]).toMatchObject({
      symbol: 'KOSDAQ',
      volume: Number(SHARE[0]?.volume) * 1_000,
      volumeStep: 1_000,
    })
    const [, first = ''] = vendor.asked
    expect(first).toMatch(/inquire-daily-indexchartprice\?FID_COND_MRKT_DIV_CODE=U&FID_INPUT_ISCD=1001&/)
    await expect(ask(open(), 'KRX300')).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' })
  })

  it('ends where a page brings nothing older, so that no answer can keep it asking', async () => {
    bars = sends(kisPage(SHARE.slice(-1)))
    expect((await ask(open())).rows).toHaveLength(1)
    expect(vendor.asked).toHaveLength(3)
  })

  it('keeps its token in a file of the owner only, and shares it with other processes', async () => {
    await ask(open(), '005930', LAST)
    await ask(open(), '005930', LAST)
    expect(tokens).toBe(1)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const kept = await readFile(file, 'utf8')
    expect(kept).toContain('TOKEN-1')
    expect(kept).not.toContain(KEYS.appKey)
    expect(kept).not.toContain(KEYS.appSecret)
    now = new Date('2024-07-11T08:55:00Z')
    await ask(open(), '005930', LAST)
    expect(tokens).toBe(2)
  })

  it('gets a new token once where the vendor no longer accepts the old one', async () => {
    const provider = open()
    bars = (request, response, url) => {
      const old = request.headers.authorization === 'Bearer TOKEN-1'
      const expired = sends('{"rt_cd":"1","msg_cd":"EGW00123","msg1":"expired"}', 500)
      const respond = old ? expired : chart()
      respond(request, response, url)
    }
    // The vendor issues one token a minute, and so long passes before it is refused.
    await expect(ask(provider, '005930', LAST)).rejects.toMatchObject({ code: 'THROTTLED' })
    now = new Date('2024-07-10T09:02:00Z')
    expect((await ask(provider, '005930', LAST)).rows).toHaveLength(1)
    bars = sends('{"rt_cd":"1","msg_cd":"EGW00123","msg1":"expired"}', 500)
    now = new Date('2024-07-10T09:04:00Z')
    await expect(ask(provider, '005930', LAST)).rejects.toMatchObject({ code: 'REFUSED' })
    expect(tokens).toBe(3)
  })

  it('tries again where it was too fast, though the vendor reports a failure of its server', async () => {
    let fast = 2
    bars = (request, response, url) => {
      fast -= 1
      const respond = fast >= 0 ? sends('{"rt_cd":"1","msg_cd":"EGW00201","msg1":"slow down"}', 500) : chart()
      respond(request, response, url)
    }
    expect((await ask(open(), '005930', LAST)).rows).toHaveLength(1)
  })

  it.each([
    ['a wrong key', '{"error_code":"EGW00103","error_description":"no APPKEY-of-a-test"}', 403, 'REFUSED'],
    ['no token', '{"access":"APPSECRET-of-a-test"}', 200, 'CHANGED_FORMAT'],
    ['a page', '<title>Login</title>', 200, 'REFUSED'],
  ])('names neither key nor secret where it gets %s', async (_, body, status, code) => {
    await vendor.close()
    vendor = await startVendor(sends(body, status))
    const failure = await ask(open()).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(inspect(failure, { depth: 5 })).not.toMatch(/(APPKEY|APPSECRET)-of-a-test/)
  })

  it('refuses rows without a date that it can read', async () => {
    bars = sends(kisPage([{ ...SHARE[0], session: 'soon' } as never]))
    await expect(ask(open())).rejects.toMatchObject({ code: 'CHANGED_FORMAT' })
    bars = sends('{"rt_cd":"1","msg_cd":"OPSQ0002","msg1":"no such service"}')
    await expect(ask(open())).rejects.toMatchObject({
      code: 'CHANGED_FORMAT',
      message: 'the request was refused: OPSQ0002 "no such service"',
    })
  })
})
