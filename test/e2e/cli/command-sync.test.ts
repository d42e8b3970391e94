import { setTimeout as sleep } from 'node:timers/promises'
import { rawBars } from '../../support/bars.js'
import { useCommandLine } from '../../support/command-line.js'
import { hangs, krxList, krxLists, naverTable, sends, startVendor } from '../../support/vendors.js'
import type { Vendor } from '../../support/vendors.js'

const { start, run } = useCommandLine()

describe('kospigraph sync', () => {
  let vendor: Vendor
  const sync = (...args: string[]) => run(['sync', ...args], { PROVIDERS: 'naver', NAVER_URL: vendor.url })
  beforeAll(async () => {
    vendor = await startVendor(hangs)
  })
  afterAll(() => vendor.close())

  it('fetches bars and reports each symbol in a line', async () => {
    vendor.respond = sends(
      naverTable(rawBars({ symbol: '051910', from: '2024-01-02', count: 5, decimals: 0 })),
    )
    const first = await sync('--symbol', '051910', '--from', '2024-01-02')
    expect(first.output).toMatch(/^051910 {2}naver: 5 new; last bar 2024-01-08, not the newest$/m)
    expect(first.output).toMatch(
      /^ {2}1 symbol to 20\d\d-\d\d-\d\d in [\d.]+ s: 5 new, 0 corrected, 1 behind, 0 failed\.$/m,
    )
    expect(first.code).toBe(0)
    expect((await sync('--symbol', '051910')).output).toMatch(/^051910 {2}naver: nothing new;/m)
  })

  it('ends with 1 where a symbol failed, with the reason and what to do, in 80 columns', async () => {
    vendor.respond = sends(`<html>${'Sorry, we are busy. '.repeat(20)}</html>`)
    const { code, output } = await sync('--symbol', '051910', '035720')
    expect(code).toBe(1)
    expect(output).toMatch(/^035720 {2}FAILED; no bars yet$/m)
    expect(output).toMatch(/^ {8}naver CHANGED_FORMAT: expected a list of rows, got status 200 and$/m)
    expect(output).toMatch(/^ {2}CHANGED_FORMAT: the vendor answers differently/m)
    expect(output).toMatch(/2 failed\.$/m)
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(output).not.toMatch(/ {4}at /)
  })

  it('ends at a signal while a vendor keeps it waiting', async () => {
    vendor.respond = hangs
    const { length } = vendor.asked
    const started = start(['sync', '--symbol', '051910'], { PROVIDERS: 'naver', NAVER_URL: vendor.url })
    while (vendor.asked.length === length) await sleep(20)
    started.child.kill('SIGINT')
    expect(await started.exit).toBe(130)
    expect(started.output()).toBe('ABORTED: stopped by SIGINT\n')
  })

  it.each<[string[], Record<string, string>, RegExp]>([
    [[], {}, /CONFIGURATION: no provider is configured .* set PROVIDERS, for instance PROVIDERS=yahoo,naver/],
    [
      [],
      { PROVIDERS: 'quandl' },
      /CONFIGURATION: Environment: PROVIDERS "quandl": "quandl" is not a provider/,
    ],
    [['--symbol', 'SIM001'], { PROVIDERS: 'yahoo' }, /reserved for the simulated market/],
    [['--from', 'monday'], { PROVIDERS: 'yahoo' }, /Write the date as YYYY-MM-DD/],
  ])('refuses %j with %j, names the remedy and shows no stack', async (args, environment, message) => {
    const { code, output } = await run(['sync', ...args], environment)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/ {4}at /)
  })
})

describe('kospigraph symbols import', () => {
  const KEY = 'KRX-KEY-OF-A-TEST'

  it.each<[string[], Record<string, string>, RegExp]>([
    [[], {}, /BAD_USER_INPUT: expected a file or --provider, and neither is given/],
    [['list.csv', '--provider', 'krx'], {}, /BAD_USER_INPUT: expected a file or --provider, and both are/],
    [['--provider', 'naver'], {}, /argument 'naver' is invalid. Allowed choices are krx/],
    [
      ['--provider', 'krx', '--stated-on', '2024-01-02'],
      { KRX_API_KEY: KEY },
      /'--provider <provider>' cannot be used with option '--stated-on <date>'/,
    ],
    [['--provider', 'krx'], {}, /CONFIGURATION: the lists of krx need a key: set KRX_API_KEY/],
  ])('is refused with %j and %j', async (args, environment, message) => {
    const { code, output } = await run(['symbols', 'import', ...args], environment)
    expect(output.replace(/\s+/g, ' ')).toMatch(message)
    expect(code).toBe(1)
  })

  it("takes the exchange's lists, names what the key lacks, and ends with 1 where there are none", async () => {
    const share = { ISU_CD: 'KR7005930003', ISU_SRT_CD: '005930', ISU_ABBRV: '삼성전자' }
    const vendor = await startVendor(krxLists({ stk_isu_base_info: krxList('KOSPI', [share]) }))
    try {
      const environment = { KRX_API_KEY: KEY, KRX_URL: vendor.url }
      const imported = await run(['symbols', 'import', '--provider', 'krx'], environment)
      expect(imported.output).toMatch(/^krx: 1 row: 1 added, 0 changed, 0 unchanged, 0 rejected\.$/m)
      expect(imported.output).toContain('sto/knx_isu_base_info')
      expect(imported.code).toBe(0)
      vendor.respond = krxLists({})
      const { code, stdout } = await run(['symbols', 'import', '--provider', 'krx', '--json'], environment)
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'NOT_APPROVED' } })
      expect(code).toBe(1)
    } finally {
      await vendor.close()
    }
  })
})
