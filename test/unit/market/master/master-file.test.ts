import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readMasterFile } from '../../../../src/market/master/master-file.js'
import type { MasterFile } from '../../../../src/market/master/master-file.js'
import { createTestFolder } from '../../../support/database.js'

const KRX = `표준코드,단축코드,한글 종목명,한글 종목약명,영문 종목명,상장일,시장구분,증권구분,소속부,주식종류,액면가,상장주식수
KR7005930003,005930,삼성전자보통주,삼성전자,SamsungElectronics,1975/06/11,KOSPI,주권,,보통주,100,5969782550
KR7005931001,005935,삼성전자1우선주,삼성전자우,SamsungElectronics(1P),1989/09/25,KOSPI,주권,,구형우선주,100,822886700
KR70126Z0002,0126Z0,삼성에피스홀딩스보통주,삼성에피스홀딩스,SAMSUNG EPIS HOLDINGS,2025/11/24,KOSPI,주권,,보통주,2500,24914172
KR7330590000,330590,롯데위탁관리부동산투자회사보통주,롯데리츠,LOTTE REIT,2019/10/30,KOSPI,부동산투자회사,,보통주,500,287986542
KR7477760001,477760,DB금융스팩12호,DB금융스팩12호,DB SPAC 12,2024/08/21,KOSDAQ,주권,SPAC(소속부없음),보통주,100,3710000
KYG5307W1015,900140,엘브이엠씨홀딩스,엘브이엠씨홀딩스,LVMC Holdings,2010/11/30,KOSPI,외국주권,,보통주,-,190000000
KR5101010101,J12345,어떤신주인수권,어떤신주인수권,RIGHT,2024/01/02,KOSPI,신주인수권증서,,,,1
`
const FDR = `,Code,ISU_CD,Name,Market,Dept,Close,ChangeCode,Changes,ChagesRatio,Open,High,Low,Volume,Amount,Marcap,Stocks,MarketId
0,005930,KR7005930003,삼성전자,KOSPI,,71000,1,1,0.1,1,1,1,1,1,1,1,STK
1,293490,KR7293490009,카카오게임즈,KOSDAQ GLOBAL,우량기업부,17000,1,1,0.1,1,1,1,1,1,1,1,KSQ
2,330590,KR7330590000,롯데리츠,KOSPI,,3300,1,1,0.1,1,1,1,1,1,1,1,STK
3,00088K,KR700088K015,한화3우B,KOSPI,,16000,1,1,0.1,1,1,1,1,1,1,1,STK
4,000001,KR7000001008,나스닥,NASDAQ,,1,1,1,0.1,1,1,1,1,1,1,1,X
`

let folder: string
beforeAll(async () => {
  folder = await createTestFolder()
})

async function read(text: string | Buffer): Promise<MasterFile> {
  const file = path.join(folder, 'master.csv')
  await writeFile(file, text)
  return readMasterFile(file)
}

/** Encodes through the decoder, by looking every character up among all pairs of bytes. */
function inCp949(text: string): Buffer {
  const decoder = new TextDecoder('euc-kr')
  const bytes = new Map<string, number[]>()
  for (let first = 0x81; first <= 0xfe; first += 1) {
    for (let second = 0x41; second <= 0xfe; second += 1) {
      const character = decoder.decode(Uint8Array.of(first, second))
      if (character.length === 1 && !bytes.has(character)) bytes.set(character, [first, second])
    }
  }
  return Buffer.from(Array.from(text).flatMap((one) => bytes.get(one) ?? [one.charCodeAt(0)]))
}

const kinds = ({ rows }: MasterFile): string[] => rows.map(({ code, kind }) => `${code} ${kind}`)

it.each([
  ['bars', 'date,open,high,low,close,volume\n2024-01-02,1,1,1,1,1\n', /is not a list of instruments/],
  ['codes without names', 'Code\n005930\n', /expected columns for code and name/],
  ['a workbook', Buffer.from('504b0304140006000800', 'hex'), /workbook|archive/],
])('a master is refused where it is %s', async (_, content, message) => {
  await expect(read(content)).rejects.toThrow(message)
})

it("KRX's listing, in its own encoding, names kind, market, names, ISIN and date", async () => {
  const master = await read(inCp949(KRX))
  expect(master.notes).toContain('CP949')
  expect(kinds(master)).toEqual([
    '005930 COMMON_SHARE',
    '005935 PREFERRED_SHARE',
    '0126Z0 COMMON_SHARE',
    '330590 REIT',
    '477760 SPAC',
    '900140 COMMON_SHARE',
  ])
  expect(master.rows[0]).toEqual({
    row: 1,
    code: '005930',
    kind: 'COMMON_SHARE',
    market: 'KOSPI',
    nameKo: '삼성전자',
    nameEn: 'SamsungElectronics',
    isin: 'KR7005930003',
    sector: null,
    listedOn: '1975-06-11',
    delistedOn: null,
  })
  expect(master.problems).toEqual([
    { row: 7, code: 'J12345', message: 'securities of the group "신주인수권증서" are not supported' },
  ])
})

it("FinanceDataReader's listing is read, and a market of another country is rejected", async () => {
  const master = await read(FDR)
  expect(kinds(master)).toEqual([
    '005930 COMMON_SHARE',
    '293490 COMMON_SHARE',
    '330590 REIT',
    '00088K PREFERRED_SHARE',
  ])
  expect(master.rows[1]).toMatchObject({ market: 'KOSDAQ', isin: 'KR7293490009' })
  expect(master.problems).toMatchObject([{ row: 5, message: expect.stringContaining('"NASDAQ"') as string }])
})

it('its older columns, delistings and the tables of pykrx are read as far as they go', async () => {
  const older = await read(
    'Symbol,Market,Name,Sector,Industry,ListingDate\n5930,KOSPI,삼성전자,통신 및 방송 장비 제조업,휴대폰,1975-06-11\n',
  )
  expect(older.rows).toMatchObject([{ code: '5930', sector: '통신 및 방송 장비 제조업', kind: 'UNKNOWN' }])
  const gone = await read(
    'Symbol,Name,Market,SecuGroup,Kind,ListingDate,DelistingDate,ToSymbol,ToName\n035720,카카오,KOSDAQ,주권,보통주,1999-11-11,2017-07-10,,\n',
  )
  expect(gone.rows).toMatchObject([
    { kind: 'COMMON_SHARE', market: 'KOSDAQ', listedOn: '1999-11-11', delistedOn: '2017-07-10' },
  ])
  const pykrx = await read('티커,종목명\n005930,삼성전자\n005935,삼성전자우\n')
  expect(kinds(pykrx)).toEqual(['005930 UNKNOWN', '005935 PREFERRED_SHARE'])
})

it("KRX's list of funds, and the Open API's columns, are read", async () => {
  const funds = await read(
    '표준코드,단축코드,한글종목명,한글종목약명,영문종목명,상장일,기초지수명\nKR7069500007,069500,삼성KODEX200증권ETF,KODEX 200,KODEX 200,2002/10/14,코스피 200\n',
  )
  expect(funds.rows).toMatchObject([{ code: '069500', kind: 'ETF', market: 'KOSPI', nameKo: 'KODEX 200' }])
  const api = await read(
    'ISU_CD,ISU_SRT_CD,ISU_NM,ISU_ABBRV,ISU_ENG_NM,LIST_DD,MKT_TP_NM,SECUGRP_NM,SECT_TP_NM,KIND_STKCERT_TP_NM\nKR7098120009,098120,(주)마이크로컨텍솔루션,마이크로컨텍솔,Micro Contact,20080923,KOSDAQ,주권,벤처기업부,보통주\n',
  )
  expect(api.rows).toMatchObject([
    { code: '098120', nameKo: '마이크로컨텍솔', listedOn: '2008-09-23', isin: 'KR7098120009' },
  ])
})
