import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { RawBar } from '../../../../src/domain/bars/row-outcome.js'
import { defineSymbol } from '../../../../src/domain/symbol.js'
import type { SymbolDefinition } from '../../../../src/domain/symbol.js'
import { createHttpClient, systemTiming } from '../../../../src/market/providers/http.js'
import { createKrx } from '../../../../src/market/providers/krx.js'
import { judgeKrx } from '../../../../src/market/providers/krx-market.js'
import type { BarProvider, ProviderAnswer } from '../../../../src/market/providers/provider.js'
import { krxDay, sends, startVendor } from '../../../support/vendors.js'
import type { Respond, Vendor } from '../../../support/vendors.js'

const KEY = 'KRX-KEY-OF-A-TEST'
const calendar = createCalendar()
let vendor: Vendor
let provider: BarProvider
let nowMs: number

beforeEach(async () => {
  vendor = await startVendor(market({}))
  nowMs = 0
  const timing = { ...systemTiming, sleep: () => Promise.resolve() }
  const manners = { headers: { AUTH_KEY: KEY }, secrets: () => [KEY], judge: judgeKrx }
  provider = createKrx({
    base: vendor.url,
    http: createHttpClient(timing, { spacingMs: 0 }, manners),
    sessionsBetween: (first, last) => calendar.sessionsBetween(first, last),
    nowMs: () => nowMs,
  })
})
afterEach(() => vendor.close())

const bar = (symbol: string, change: Partial<RawBar> = {}): RawBar => ({
  row: 1,
  symbol,
  session: '2024-01-05',
  open: '75,000',
  high: '76,000',
  low: 74_500,
  close: 75_500,
  volume: 1_234_567,
  ...change,
})

/** Answers each service with its bars, on every day. */
function market(services: Record<string, readonly RawBar[]>): Respond {
  return (request, response, url) => {
    const day = (url.searchParams.get('basDd') ?? '').replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
    const service = url.pathname.split('/').at(-1) ?? ''
    sends(krxDay(day, services[service] ?? []))(request, response, url)
  }
}

function ask(
  code: string,
  change: Partial<SymbolDefinition> = {},
  [from, to] = ['2024-01-04', '2024-01-05'],
): Promise<ProviderAnswer> {
  return provider.fetch({
    symbol: { ...defineSymbol(code), ...change },
    from: from as Session,
    to: to as Session,
    signal: new AbortController().signal,
    onRequest: () => undefined,
  })
}

const services = (): string[] => vendor.asked.map((path) => path.replace(/^\/svc\/apis\//, ''))

describe("the exchange's Open API", () => {
  it('asks for a market and a day once, however many symbols need it', async () => {
    const codes = ['000020', '000040', '000050', '005930']
    vendor.respond = market({ stk_bydd_trd: codes.map((code) => bar(code)) })
    const answers = await Promise.all(
      codes.map((code) => ask(code, { market: 'KOSPI', kind: 'COMMON_SHARE' })),
    )
    expect(services().sort()).toEqual(['sto/stk_bydd_trd?basDd=20240104', 'sto/stk_bydd_trd?basDd=20240105'])
    expect(answers.map(({ rows }) => rows.length)).toEqual([2, 2, 2, 2])
    expect(answers[0]?.rows[1]).toEqual({
      row: 2,
      symbol: '000020',
      session: '2024-01-05',
      open: 75_000,
      high: 76_000,
      low: 74_500,
      close: 75_500,
      volume: 1_234_567,
    })
    expect(answers[0]?.basis).toEqual({ closeBasis: 'REGULAR', volumeBasis: 'EXTENDED', adjustment: 'RAW' })
  })

  it('asks again after an hour, and after five minutes for what is not published yet', async () => {
    vendor.respond = market({ kospi_dd_trd: [bar('코스피', { session: '2024-01-04' })] })
    await ask('KOSPI')
    nowMs = 59 * 60_000
    await ask('KOSPI')
    expect(vendor.asked).toHaveLength(2)
    nowMs = 61 * 60_000
    vendor.respond = market({})
    expect((await ask('KOSPI')).rows).toEqual([])
    expect(vendor.asked).toHaveLength(4)
    nowMs += 6 * 60_000
    await ask('KOSPI')
    expect(vendor.asked).toHaveLength(6)
  })

  it("takes an index by its name, with its volume in shares, and a sector by its market's service", async () => {
    vendor.respond = market({
      kospi_dd_trd: [
        bar('코스피 (외국주포함)', { open: '-', high: '-', low: '-', close: '-' }),
        bar('코스피', {
          open: '2586.89',
          high: '2592.29',
          low: '2572.60',
          close: '2578.08',
          volume: 520_480_370,
        }),
        bar('코스피 200', { close: '347.22' }),
        bar('화학', { close: '3800.5' }),
      ],
      kosdaq_dd_trd: [bar('코스닥', { close: '878.33' }), bar('화학', { close: '700.1' })],
      krx_dd_trd: [bar('KRX 300', { close: '1500.2' })],
    })
    expect((await ask('KOSPI')).rows.at(-1)).toMatchObject({
      close: 2578.08,
      low: 2572.6,
      volume: 520_480_370,
    })
    expect((await ask('KOSPI200')).rows.at(-1)).toMatchObject({ close: 347.22 })
    expect((await ask('KOSDAQ')).rows.at(-1)).toMatchObject({ close: 878.33 })
    expect((await ask('KOSPI_CHEMICAL')).rows.at(-1)).toMatchObject({ close: 3800.5 })
    expect((await ask('KOSDAQ_CHEMICAL')).rows.at(-1)).toMatchObject({ close: 700.1 })
    expect((await ask('KRX300')).rows.at(-1)).toMatchObject({ close: 1500.2 })
  })

  it('looks a symbol of unknown kind up once, and remembers where it was', async () => {
    vendor.respond = market({
      stk_bydd_trd: [bar('005930')],
      ksq_bydd_trd: [bar('000250')],
      etf_bydd_trd: [bar('069500')],
    })
    expect((await ask('069500')).rows).toHaveLength(2)
    expect(services()).toEqual([
      'sto/stk_bydd_trd?basDd=20240105',
      'sto/ksq_bydd_trd?basDd=20240105',
      'sto/knx_bydd_trd?basDd=20240105',
      'etp/etf_bydd_trd?basDd=20240105',
      'etp/etf_bydd_trd?basDd=20240104',
    ])
    await expect(ask('999990')).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' })
  })

  it('refuses the history of one symbol, which would take thousands of requests, and makes none', async () => {
    await expect(ask('005930', {}, ['2000-01-04', '2024-01-05'])).rejects.toMatchObject({
      code: 'OVER_BUDGET',
      message: expect.stringMatching(
        /would take \d{4} requests or more.* at most 60 sessions are requested: sync from 2023-10-\d\d, and bring/,
      ) as string,
    })
    expect(vendor.asked).toEqual([])
  })

  it('has no rows, and no failure, where the newest day is not published yet', async () => {
    vendor.respond = sends('{"OutBlock_1":[]}')
    expect((await ask('KOSPI', {}, ['2024-01-05', '2024-01-05'])).rows).toEqual([])
  })

  it('refuses a day that it did not ask for, and an answer of another form', async () => {
    vendor.respond = sends(krxDay('2024-01-03', [bar('코스피')]))
    await expect(ask('KOSPI')).rejects.toMatchObject({
      code: 'CHANGED_FORMAT',
      message: 'idx/kospi_dd_trd: asked for 2024-01-05, got a row of "20240103"',
    })
    vendor.respond = sends('{"output":[]}')
    await expect(ask('KOSPI')).rejects.toMatchObject({ code: 'CHANGED_FORMAT' })
  })

  it('tells a service that was not applied for from a wrong key, and asks the former only once', async () => {
    vendor.respond = (request, response, url) => {
      const denied = url.pathname.includes('ksq') || url.pathname.includes('idx')
      const respond = denied
        ? sends('{"respMsg":"Unauthorized API Call","respCode":"401"}', 401)
        : market({ etf_bydd_trd: [bar('069500')] })
      respond(request, response, url)
    }
    await expect(ask('KOSPI')).rejects.toMatchObject({
      code: 'NOT_APPROVED',
      message: 'idx/kospi_dd_trd: KRX_API_KEY is not approved for this service of openapi.krx.co.kr',
    })
    await expect(ask('KOSPI200')).rejects.toMatchObject({ code: 'NOT_APPROVED' })
    expect(vendor.asked).toHaveLength(1)
    // A service that is lacking does not keep a fund from being found in another one.
    expect((await ask('069500')).rows).toHaveLength(2)

    vendor.respond = sends(`{"respMsg":"Unauthorized Key ${KEY}","respCode":"401"}`, 401)
    await expect(ask('005930', { market: 'KOSPI', kind: 'COMMON_SHARE' })).rejects.toMatchObject({
      code: 'REFUSED',
      message: 'KRX_API_KEY is wrong or has expired; a key lasts one year',
    })
  })
})
