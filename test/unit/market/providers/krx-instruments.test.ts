import type { Session } from '../../../../src/domain/calendar/session.js'
import { createHttpClient, systemTiming } from '../../../../src/market/providers/http.js'
import { fetchKrxInstruments } from '../../../../src/market/providers/krx-instruments.js'
import { judgeKrx } from '../../../../src/market/providers/krx-market.js'
import type { InstrumentLists } from '../../../../src/market/providers/provider.js'
import { krxList, krxLists, sends, startVendor } from '../../../support/vendors.js'
import type { Vendor } from '../../../support/vendors.js'

const KEY = 'KRX-KEY-OF-A-TEST'
const SAMSUNG = {
  ISU_CD: 'KR7005930003',
  ISU_SRT_CD: '005930',
  ISU_NM: '삼성전자보통주',
  ISU_ABBRV: '삼성전자',
}
const PREFERRED = {
  ISU_CD: 'KR7005931001',
  ISU_SRT_CD: '005935',
  ISU_NM: '삼성전자1우선주',
  ISU_ABBRV: '삼성전자우',
  KIND_STKCERT_TP_NM: '구형우선주',
}
const KOSDAQ = krxList('KOSDAQ GLOBAL', [
  { ISU_CD: 'KR7247540008', ISU_SRT_CD: '247540', ISU_NM: '에코프로비엠', ISU_ABBRV: '에코프로비엠' },
])
const KONEX = krxList('KONEX', [
  { ISU_CD: 'KR7076340009', ISU_SRT_CD: '076340', ISU_NM: '관악산업', ISU_ABBRV: '관악산업' },
])
const LISTS = {
  stk_isu_base_info: krxList('KOSPI', [SAMSUNG, PREFERRED]),
  ksq_isu_base_info: KOSDAQ,
  knx_isu_base_info: KONEX,
}

let vendor: Vendor
beforeEach(async () => {
  vendor = await startVendor(krxLists(LISTS))
})
afterEach(() => vendor.close())

function fetchLists(): Promise<InstrumentLists> {
  const http = createHttpClient(
    { ...systemTiming, sleep: () => Promise.resolve() },
    { spacingMs: 0 },
    { headers: { AUTH_KEY: KEY }, secrets: () => [KEY], judge: judgeKrx },
  )
  const asker = { signal: new AbortController().signal, onRequest: () => undefined }
  return fetchKrxInstruments(vendor.url, http, '2024-07-09' as Session, asker)
}

it.each([
  ['no JSON', '<html>', 'CHANGED_FORMAT', /stk_isu_base_info: expected OutBlock_1 as JSON/],
  ['rows without a short code', '{"OutBlock_1":[{"ISU_CD":"KR7005930003"}]}', 'CHANGED_FORMAT', /ISU_SRT_CD/],
  [
    'an empty list',
    '{"OutBlock_1":[]}',
    'NO_BARS',
    /stk_isu_base_info is empty for 2024-07-09: .*import again/,
  ],
  [
    'a wrong key',
    `{"respMsg":"Unauthorized Key ${KEY}","respCode":"401"}`,
    'REFUSED',
    /^KRX_API_KEY is wrong or has expired/,
  ],
])('the lists of the exchange are refused for %s', async (_, body, code, message) => {
  vendor.respond = krxLists({ ...LISTS, stk_isu_base_info: body })
  const failure = await fetchLists().catch((error: unknown) => error)
  expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string })
  expect((failure as Error).message).not.toContain(KEY)
})

it('a list that the key lacks is left out and named, unless it lacks all', async () => {
  vendor.respond = krxLists({ stk_isu_base_info: LISTS.stk_isu_base_info })
  const { rows, notes } = await fetchLists()
  expect(rows.map(({ code }) => code)).toEqual(['005930', '005935'])
  expect(notes.at(-1)).toBe(
    'left out: KRX_API_KEY is not approved for sto/ksq_isu_base_info, sto/knx_isu_base_info; apply for it at openapi.krx.co.kr',
  )
  vendor.respond = krxLists({})
  await expect(fetchLists()).rejects.toMatchObject({ code: 'NOT_APPROVED' })
})

it('a row that is none is a problem with its number, and stops no other', async () => {
  const odd = [
    { ...SAMSUNG, ISU_SRT_CD: '005940', ISU_CD: 'KR7005940002', SECUGRP_NM: '신주인수권증서' },
    { ...SAMSUNG, ISU_SRT_CD: '035720', ISU_CD: 'KR7035720002', MKT_TP_NM: 'KOSDAQ' },
    { ...SAMSUNG, ISU_SRT_CD: '000020', ISU_CD: 'KR7000020008', LIST_DD: 'soon' },
    SAMSUNG,
  ]
  vendor.respond = krxLists({ ...LISTS, stk_isu_base_info: krxList('KOSPI', odd) })
  const { rows, problems } = await fetchLists()
  expect(problems).toEqual([
    { row: 1, code: '005940', message: 'securities of the group "신주인수권증서" are not supported' },
    {
      row: 2,
      code: '035720',
      message: 'sto/stk_isu_base_info lists the KOSPI, and the row names the KOSDAQ',
    },
    { row: 3, code: '000020', message: '"soon" is not a date of listing' },
  ])
  expect(rows.map(({ row, code }) => `${row} ${code}`)).toEqual(['4 005930', '5 247540', '6 076340'])
})

it('each market is asked once for the day, and its rows are instruments', async () => {
  const { rows, problems, notes } = await fetchLists()
  expect(vendor.asked).toEqual(
    ['stk', 'ksq', 'knx'].map((market) => `/svc/apis/sto/${market}_isu_base_info?basDd=20240709`),
  )
  expect(problems).toEqual([])
  expect(rows[0]).toEqual({
    row: 1,
    code: '005930',
    kind: 'COMMON_SHARE',
    market: 'KOSPI',
    nameKo: '삼성전자',
    nameEn: 'A company of this test',
    isin: 'KR7005930003',
    sector: null,
    listedOn: '1975-06-11',
    delistedOn: null,
  })
  expect(rows.map(({ code, kind, market }) => `${code} ${kind} ${market ?? ''}`)).toEqual([
    '005930 COMMON_SHARE KOSPI',
    '005935 PREFERRED_SHARE KOSPI',
    '247540 COMMON_SHARE KOSDAQ',
    '076340 COMMON_SHARE KONEX',
  ])
  expect(notes[0]).toBe('sto/stk_isu_base_info: 2 rows of 2024-07-09')
})

it('asks for no further list once the vendor refuses', async () => {
  vendor.respond = sends('', 403)
  await expect(fetchLists()).rejects.toMatchObject({ code: 'REFUSED' })
  expect(vendor.asked).toHaveLength(1)
})
