import type { TestPlatform } from '../../support/platform.js'
import { createTestPlatform } from '../../support/platform.js'
import { krxList, krxLists, sends, startVendor } from '../../support/vendors.js'
import type { Vendor } from '../../support/vendors.js'

const KEY = 'KRX-KEY-OF-A-TEST'
const SAMSUNG = { ISU_CD: 'KR7005930003', ISU_SRT_CD: '005930', ISU_ABBRV: '삼성전자' }
const LISTS = {
  stk_isu_base_info: krxList('KOSPI', [SAMSUNG]),
  ksq_isu_base_info: krxList('KOSDAQ', [
    { ISU_CD: 'KR7247540008', ISU_SRT_CD: '247540', ISU_ABBRV: '에코프로비엠' },
  ]),
  knx_isu_base_info: krxList('KONEX', [
    { ISU_CD: 'KR7076340009', ISU_SRT_CD: '076340', ISU_ABBRV: '관악산업' },
  ]),
}
/** Wednesday evening: the lists of Tuesday are the newest that are sure to be published. */
const NOW = '2024-07-10T20:00:00+09:00'

const FIRST_PAGE = { limit: 10, fromEnd: false, after: undefined, before: undefined }

let platform: TestPlatform | undefined
let vendor: Vendor

beforeEach(async () => {
  vendor = await startVendor(krxLists(LISTS))
})
afterEach(async () => {
  await platform?.close()
  platform = undefined
  await vendor.close()
})

async function open(environment: Record<string, string> = { KRX_API_KEY: KEY }): Promise<TestPlatform> {
  platform = await createTestPlatform(NOW, { environment: { KRX_URL: vendor.url, ...environment } })
  return platform
}
const importLists = ({ services }: TestPlatform) =>
  services.importListings('krx', new AbortController().signal)
const stored = async ({ services }: TestPlatform): Promise<string[]> =>
  (await services.instruments.listings({}, FIRST_PAGE)).items.map(
    ({ code, market }) => `${code} ${market ?? ''}`,
  )

it('without a key, names the variable and asks nothing', async () => {
  const opened = await open({})
  await expect(importLists(opened)).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: 'the lists of krx need a key: set KRX_API_KEY, or import a file',
  })
  expect(vendor.asked).toEqual([])
})

it('stores nothing where one list is not published, and keeps asking later', async () => {
  const opened = await open()
  vendor.respond = krxLists({ ...LISTS, knx_isu_base_info: '{"OutBlock_1":[]}' })
  expect(await importLists(opened)).toMatchObject({ failure: { code: 'NO_BARS' } })
  expect(await stored(opened)).toEqual([])
  vendor.respond = krxLists(LISTS)
  expect(await importLists(opened)).toMatchObject({ added: 3 })
})

it('stops at the calls of the day', async () => {
  const opened = await open({ KRX_API_KEY: KEY, KRX_DAILY_CALLS: '2' })
  expect(await importLists(opened)).toMatchObject({
    failure: { code: 'OVER_BUDGET', message: 'its 2 calls of today in Korea are used up' },
  })
  expect(vendor.asked).toHaveLength(2)
  expect(await stored(opened)).toEqual([])
})

it('is not asked again after a refusal, as with bars', async () => {
  const opened = await open()
  vendor.respond = sends(`{"respMsg":"Unauthorized Key ${KEY}","respCode":"401"}`, 401)
  expect(await importLists(opened)).toMatchObject({ failure: { code: 'REFUSED' } })
  vendor.respond = krxLists(LISTS)
  const paused = await importLists(opened)
  expect(paused).toMatchObject({ failure: { code: 'NOT_ASKED' } })
  expect(JSON.stringify(paused)).not.toContain(KEY)
  expect(vendor.asked).toHaveLength(1)
})

it('imports the lists of the newest day that is sure to be published, and the same again changes nothing', async () => {
  const opened = await open()
  expect(await importLists(opened)).toMatchObject({
    statedOn: '2024-07-09',
    received: 3,
    added: 3,
    rejected: 0,
    problems: [],
  })
  expect(vendor.asked.every((path) => path.endsWith('?basDd=20240709'))).toBe(true)
  expect(await stored(opened)).toEqual(['005930 KOSPI', '076340 KONEX', '247540 KOSDAQ'])
  expect(await importLists(opened)).toMatchObject({ added: 0, changed: 0, unchanged: 3 })
  const [krx] = await opened.services.providers.all()
  expect(krx).toMatchObject({ provider: 'krx', callsToday: 6, state: 'CLOSED' })
})
