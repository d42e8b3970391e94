import { execFile } from 'node:child_process'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { defineSymbol } from '../../../../src/domain/symbol.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { createCsvFolder } from '../../../../src/market/providers/csv-folder.js'
import { createHttpClient, systemTiming } from '../../../../src/market/providers/http.js'
import { createNaver } from '../../../../src/market/providers/naver.js'
import type { BarProvider, ProviderAnswer } from '../../../../src/market/providers/provider.js'
import { createYahoo } from '../../../../src/market/providers/yahoo.js'
import { createTestFolder } from '../../../support/database.js'
import { sends, startVendor, yahooChart, yahooError } from '../../../support/vendors.js'
import type { Respond, Vendor } from '../../../support/vendors.js'

let vendor: Vendor | undefined
afterEach(async () => {
  await vendor?.close()
  vendor = undefined
})

const http = () => createHttpClient({ ...systemTiming, sleep: () => Promise.resolve() }, { spacingMs: 0 })

function ask(provider: BarProvider, code: string, to = '2024-01-05'): Promise<ProviderAnswer> {
  return provider.fetch({
    symbol: defineSymbol(code),
    from: '2024-01-02' as Session,
    to: to as Session,
    signal: new AbortController().signal,
    onRequest: () => undefined,
  })
}

async function yahoo(respond: Respond, code = 'KOSPI', to?: string): Promise<ProviderAnswer> {
  vendor = await startVendor(respond)
  return ask(createYahoo(vendor.url, http()), code, to)
}

async function naver(body: string | Buffer, code = 'KOSPI', status = 200): Promise<ProviderAnswer> {
  vendor = await startVendor(sends(body, status))
  return ask(createNaver(vendor.url, http()), code)
}

const KOSPI_CHART = {
  chart: {
    result: [
      {
        meta: {
          currency: 'KRW',
          symbol: '^KS11',
          gmtoffset: 32400,
          dataGranularity: '1d',
          regularMarketPrice: 1,
        },
        timestamp: [1704153600, 1704240000, 1704326400, 1704672000],
        events: {
          splits: { '1704240000': { date: 1704240000, numerator: 50, denominator: 1, splitRatio: '50:1' } },
        },
        indicators: {
          quote: [
            {
              open: [2645.469970703125, 2643.540039, null, 2588.7],
              high: [2675.800048828125, 2644.419921875, null, 2590.3],
              low: [2641.830078125, 2607.31005859375, null, 2560.5],
              close: [2669.81005859375, 2607.31005859375, null, 2567.8],
              volume: [401100, 494700, null, 300000],
            },
          ],
          adjclose: [{ adjclose: [1, 2, null, 3] }],
        },
      },
    ],
    error: null,
  },
}

const NAVER_KOSPI = `
 [['날짜', '시가', '고가', '저가', '종가', '거래량', '외국인소진율'],

["20240102", 2645.47, 2675.80, 2641.83, 2669.81, 401235, 0.0],

["20240103", 2643.54, 2644.42, 2607.31, 2607.31, 494613, 0.0],
]
`

describe("Yahoo's chart", () => {
  it('becomes bars in shares under the dates of the exchange, rows without prices among them', async () => {
    const { rows, notes } = await yahoo(sends(JSON.stringify(KOSPI_CHART)))
    expect(rows).toMatchObject([
      {
        row: 1,
        symbol: 'KOSPI',
        session: '2024-01-02',
        close: 2669.81005859375,
        volume: 401_100_000,
        volumeStep: 100_000,
      },
      { row: 2, session: '2024-01-03', volume: 494_700_000 },
      { row: 3, session: '2024-01-04', open: undefined, close: undefined, volume: undefined },
    ])
    expect(notes).toEqual([
      '^KS11',
      'split 50:1 on 2024-01-03',
      '1 row after 2024-01-05 left out: not final yet',
    ])
    expect(vendor?.asked).toEqual([
      '/v8/finance/chart/%5EKS11?period1=1704121200&period2=1704466800&interval=1d&events=div%2Csplit',
    ])
  })

  it('of an index is that of its own ticker, and none is asked for where it has none', async () => {
    const chart = sends(JSON.stringify(KOSPI_CHART))
    expect((await yahoo(chart, 'KOSDAQ')).rows[0]).toMatchObject({ symbol: 'KOSDAQ' })
    expect(vendor?.asked[0]).toContain('/%5EKQ11?')
    await vendor?.close()
    await expect(yahoo(chart, 'KOSPI_FOOD')).rejects.toThrow('no ticker of KOSPI_FOOD is known')
    expect(vendor?.asked).toEqual([])
  })

  it('has the same dates in every time zone', async () => {
    const script = fileURLToPath(new URL('../../../../src/market/providers/yahoo.js', import.meta.url))
    const code = `
      const { readChart } = await import(${JSON.stringify(script)})
      const body = Buffer.from(${JSON.stringify(JSON.stringify(KOSPI_CHART))})
      const { rows } = readChart({ status: 200, body }, { code: 'KOSPI', kind: 'INDEX', market: null })
      console.log(rows.map(({ session }) => session).join())`
    for (const TZ of ['America/Los_Angeles', 'Pacific/Kiritimati']) {
      const run = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
        env: { TZ },
      })
      expect(run.stdout.trim()).toBe('2024-01-02,2024-01-03,2024-01-04,2024-01-08')
    }
  })

  it('is requested on both markets, and the right one is remembered', async () => {
    const bar = {
      row: 1,
      symbol: '247540',
      session: '2024-01-02',
      open: 1,
      high: 2,
      low: 1,
      close: 2,
      volume: 7,
    }
    vendor = await startVendor((request, response, url) => {
      const known = url.pathname.endsWith('.KQ')
      const answer = known
        ? sends(yahooChart([bar]))
        : sends(yahooError('Not Found', 'No data found, symbol may be delisted'), 404)
      answer(request, response, url)
    })
    const provider = createYahoo(vendor.url, http())
    expect((await ask(provider, '247540')).rows).toMatchObject([{ volume: 7, volumeStep: 1 }])
    await ask(provider, '247540')
    expect(vendor.asked.map((asked) => asked.replace(/\?.*/, ''))).toEqual([
      '/v8/finance/chart/247540.KS',
      '/v8/finance/chart/247540.KQ',
      '/v8/finance/chart/247540.KQ',
    ])
  })

  it('names the requested tickers where it knows none', async () => {
    await expect(yahoo(sends(yahooError('Not Found', 'No data found'), 404), '999999')).rejects.toMatchObject(
      {
        code: 'UNKNOWN_SYMBOL',
        message: '999999.KS: Not Found: No data found; 999999.KQ: Not Found: No data found',
      },
    )
  })

  it('may have no bars at all', async () => {
    expect((await yahoo(sends(yahooChart([])))).rows).toEqual([])
    await vendor?.close()
    const early = yahooError('Bad Request', "Data doesn't exist for startDate = 1, endDate = 2")
    expect((await yahoo(sends(early, 400))).rows).toEqual([])
  })

  const changed = (change: (result: Record<string, unknown>) => void): string => {
    const copy = structuredClone(KOSPI_CHART)
    change(copy.chart.result[0] as unknown as Record<string, unknown>)
    return JSON.stringify(copy)
  }
  it.each<[string, string, RegExp]>([
    ['a page', '<html><body>We are\n busy', /got status 200 and "<html><body>We are busy"/],
    ['nothing', '', /got status 200 and nothing/],
    ['half of it', JSON.stringify(KOSPI_CHART).slice(0, 300), /expected a chart as JSON/],
    ['another object', '{"finance":{}}', /has an unexpected form: chart /],
    ['no result', '{"chart":{"result":[],"error":null}}', /neither result nor error/],
    ['words for prices', changed((r) => (r['timestamp'] = ['soon'])), /chart\.result\.0\.timestamp\.0/],
    ['no offset', changed((r) => (r['meta'] = {})), /meta\.gmtoffset/],
    ['New York', changed((r) => (r['meta'] = { gmtoffset: -18_000 })), /time zone UTC-05:00, not of Seoul/],
    ['dollars', changed((r) => (r['meta'] = { gmtoffset: 32_400, currency: 'USD' })), /prices are in USD/],
    [
      'months',
      changed((r) => (r['meta'] = { gmtoffset: 32_400, dataGranularity: '1mo' })),
      /bars are of 1mo, not of 1d/,
    ],
    ['a short column', changed((r) => (r['timestamp'] = [1])), /open has 4 values for 1 timestamps/],
    [
      'a refusal',
      yahooError('Unprocessable', 'Invalid input'),
      /request was refused: Unprocessable: Invalid input/,
    ],
  ])('is refused where it is %s', async (_, body, message) => {
    await expect(yahoo(sends(body))).rejects.toMatchObject({
      code: 'CHANGED_FORMAT',
      message: expect.stringMatching(message) as string,
    })
  })
})

describe("Naver's table", () => {
  it('becomes bars, an index with its volume in shares', async () => {
    const { rows } = await naver(NAVER_KOSPI)
    expect(rows).toMatchObject([
      {
        row: 1,
        symbol: 'KOSPI',
        session: '2024-01-02',
        open: 2645.47,
        close: 2669.81,
        volume: 401_235_000,
        volumeStep: 1_000,
      },
      { row: 2, session: '2024-01-03', volume: 494_613_000 },
    ])
    expect(vendor?.asked).toEqual([
      '/siseJson.naver?symbol=KOSPI&requestType=1&startTime=20240102&endTime=20240105&timeframe=day',
    ])
    await vendor?.close()
    const share = await naver(NAVER_KOSPI, '005930')
    expect(share.rows[0]).toMatchObject({ symbol: '005930', volume: 401_235, volumeStep: 1 })
  })

  it('is read in the older encoding as well', async () => {
    // 날짜, 시가, 고가, 저가, 종가, 거래량 in EUC-KR.
    const header = ['b3afc2a5', 'bdc3b0a1', 'b0edb0a1', 'c0fab0a1', 'c1beb0a1', 'b0c5b7a1b7ae']
    const quoted = header.map((hex) =>
      Buffer.concat([Buffer.from("'"), Buffer.from(hex, 'hex'), Buffer.from("'")]),
    )
    const names = quoted.flatMap((name, at) => (at === 0 ? [name] : [Buffer.from(', '), name]))
    const body = Buffer.concat([Buffer.from('[['), ...names, Buffer.from('], ["20240102", 1, 2, 1, 2, 5]]')])
    expect((await naver(body)).rows).toMatchObject([{ session: '2024-01-02', close: 2, volume: 5_000 }])
  })

  it('keeps invalid numbers and dates for the check of bars', async () => {
    const table = NAVER_KOSPI.replace('2645.47', '"?"')
      .replace('"20240103"', '"tomorrow"')
      .replace('2607.31', 'null')
    expect((await naver(table)).rows).toMatchObject([
      { open: '?' },
      { session: 'tomorrow', low: undefined, close: 2607.31 },
    ])
  })

  it.each<[string, string, RegExp]>([
    ['a page', '<!DOCTYPE html><html>', /got status 200 and "<!DOCTYPE html><html>"/],
    ['nothing', '\n', /got status 200 and nothing/],
    ['an object', '{"result": []}', /expected a list of rows, got "\{"result": \[\]\}"/],
    ['without rows and names', '[]', /expected the columns 날짜, 시가/],
    ['in another order', NAVER_KOSPI.replace("'시가', '고가'", "'고가', '시가'"), /got "날짜, 고가, 시가/],
    ['cut short in a row', NAVER_KOSPI.replace(', 494613, 0.0', ''), /row 2 has 5 values/],
    ['cut short', NAVER_KOSPI.slice(0, 120), /expected a list of rows/],
  ])('is refused where it is %s', async (_, body, message) => {
    await expect(naver(body)).rejects.toMatchObject({
      code: 'CHANGED_FORMAT',
      message: expect.stringMatching(message) as string,
    })
  })
})

describe('the watched folder', () => {
  const HEAD = 'date,open,high,low,close,volume\n'
  let folder: string
  const put = async (name: string, text: string | Buffer, changed: string): Promise<void> => {
    await writeFile(path.join(folder, name), text)
    await utimes(path.join(folder, name), new Date(changed), new Date(changed))
  }
  beforeEach(async () => {
    folder = await createTestFolder()
  })

  it('reads the files whose name begins with the symbol, and prefers the one changed last', async () => {
    await put(
      '005930.csv',
      `${HEAD}2024-01-02,1,2,1,2,5\n2023-12-28,1,1,1,1,1\n2024-01-08,1,1,1,1,1\n`,
      '2024-01-09',
    )
    await put('005930-fix.csv.gz', gzipSync(`${HEAD}2024-01-02,1,2,1,1,6\n`), '2024-01-10')
    await put('005930_old.csv', `${HEAD}2024-01-02,9,9,9,9,9\n2024-01-03,3,3,3,3,3\n`, '2024-01-01')
    await put('0059301.csv', 'not one of ours', '2024-01-11')
    await put('005930.txt', 'neither', '2024-01-11')
    const { rows, notes } = await ask(createCsvFolder(folder), '005930')
    expect(rows).toMatchObject([
      { row: 1, session: '2023-12-28', close: 1 },
      { row: 2, session: '2024-01-02', close: 1, volume: 6 },
      { row: 3, session: '2024-01-03', close: 3 },
    ])
    expect(notes.join('\n')).toMatch(
      /^005930_old\.csv read as plain table.*\n005930\.csv .*\n005930-fix\.csv\.gz /,
    )
    expect(notes.at(-1)).toBe('1 row after 2024-01-05 left out: not final yet')
  })

  it("finds a symbol under any of its names, and not under the beginning of another index's", async () => {
    const bar = (close: number): string => `${HEAD}2024-01-02,1,9,1,${close},5\n`
    const names = ['^KS11.csv', 'KOSPI-2023.csv', 'KOSPI_FOOD.csv', 'KOSPI 200.csv', '2024-KOSPI.csv']
    for (const [at, name] of names.entries()) await put(name, bar(at + 1), `2024-01-1${at}`)
    await put('035720.KQ.csv', bar(6), '2024-01-11')
    const closes = async (code: string) =>
      (await ask(createCsvFolder(folder), code)).rows.map(({ close }) => close)
    expect(await closes('KOSPI')).toEqual([2])
    expect((await ask(createCsvFolder(folder), 'KOSPI')).notes).toHaveLength(2)
    expect(await closes('KOSPI_FOOD')).toEqual([3])
    expect(await closes('KOSPI200')).toEqual([4])
    expect(await closes('035720')).toEqual([6])
    await expect(closes('002024')).rejects.toMatchObject({ code: 'UNKNOWN_SYMBOL' })
  })

  it('leaves out the rows of other symbols in a file that names them', async () => {
    const rows = 'A005930,2024-01-02,1,2,1,2,5\n000660,2024-01-02,1,2,1,2,5\n'
    await put('005930.csv', `code,${HEAD}${rows}`, '2024-01-09')
    const answer = await ask(createCsvFolder(folder), '005930')
    expect(answer.rows).toMatchObject([{ symbol: '005930', session: '2024-01-02' }])
    expect(answer.notes[0]).toMatch(/1 rows of other symbols left out/)
  })

  it('names a file that is not a bar file, and the expected names where there is none', async () => {
    await put('005930.csv', '<html></html>', '2024-01-09')
    await expect(ask(createCsvFolder(folder), '005930')).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(/005930\.csv is/) as string,
    })
    await expect(ask(createCsvFolder(folder), '000660')).rejects.toMatchObject({
      code: 'UNKNOWN_SYMBOL',
      message: expect.stringMatching(/has no file of 000660; expected 000660\.csv/) as string,
    })
    await expect(ask(createCsvFolder(path.join(folder, 'gone')), '000660')).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringMatching(/^CSV_FOLDER cannot be read: .*ENOENT/) as string,
    })
    await mkdir(path.join(folder, '000660.csv'))
    await expect(ask(createCsvFolder(folder), '000660')).rejects.toMatchObject({ code: 'BAD_FILE' })
  })
})
