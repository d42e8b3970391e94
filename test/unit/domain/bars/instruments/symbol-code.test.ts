import {
  aliasesOf,
  readSymbolCode,
  requireSymbolCode,
  symbolCodeProblem,
} from '../../../../../src/domain/bars/instruments/symbol-code.js'
import { taxClassOf, tickTableOf } from '../../../../../src/domain/bars/instruments/symbol-class.js'
import { INDICES } from '../../../../../src/domain/indices.js'
import { defineSymbol } from '../../../../../src/domain/symbol.js'

describe('a symbol code', () => {
  it.each([
    ['KOSPII', 'KOSPI'],
    ['KOSPI20', 'KOSPI200'],
    ['KOSDAK', 'KOSDAQ'],
    ['KOSDAQ510', 'KOSDAQ150'],
    ['코스닥15', 'KOSDAQ150'],
  ])('%s is refused, with the nearest index', (text, near) => {
    expect(() => requireSymbolCode(text)).toThrow(
      `symbol "${text}" is neither an index such as KOSPI nor a six-character KRX code such as 005930; did you mean ${near}?`,
    )
  })

  it.each(['ABCDEF', '00593', '0059300', '0I5930', '01O593', 'A00593', '005930.T', '', '-', 'x'.repeat(500)])(
    '%s is refused without a guess',
    (text) => {
      expect(symbolCodeProblem(text)).toMatch(/is neither an index .* such as 005930$/)
      expect(readSymbolCode(text)).toBeUndefined()
    },
  )

  it.each([
    ['KR7005930004', 'is not a valid ISIN: its check digit should be 3'],
    ['US0378331005', 'is an ISIN without a short code in it; use the code of six characters'],
  ])('%s is refused: %s', (isin, reason) => {
    expect(symbolCodeProblem(isin)).toBe(`symbol "${isin}" ${reason}`)
  })

  it('of the simulated market is read, and refused for real bars', () => {
    expect(readSymbolCode('sim001')).toBe('SIM001')
    expect(symbolCodeProblem('sim001')).toContain('reserved for the simulated market')
  })

  it.each([
    ['005930', '005930'],
    [' 005930 ', '005930'],
    ['A005930', '005930'],
    ['005930.KS', '005930'],
    ['035720.kq', '035720'],
    ['KRX:005930', '005930'],
    ['kosdaq:035720', '035720'],
    ['KR7005930003', '005930'],
    ['KR7005931001', '005935'],
    ['KR7005382007', '005387'],
    ['KR700088K015', '00088K'],
    ['KR70126Z0002', '0126Z0'],
    ['KR7069500007', '069500'],
    ['00088k', '00088K'],
    ['0001A0', '0001A0'],
    ['Q530031', '530031'],
    ['58F037', '58F037'],
    ['5930', '005930'],
    ['5930.0', '005930'],
    ['００５９３０', '005930'],
  ])('%s is the instrument %s', (text, code) => {
    expect(requireSymbolCode(text)).toBe(code)
  })

  it.each([
    ['kospi', 'KOSPI'],
    ['^KS11', 'KOSPI'],
    ['ks11', 'KOSPI'],
    ['코스피', 'KOSPI'],
    ['KRX:1001', 'KOSPI'],
    ['^KS200', 'KOSPI200'],
    ['KOSPI 200', 'KOSPI200'],
    ['코스피 200', 'KOSPI200'],
    ['코스피200', 'KOSPI200'],
    ['KPI200', 'KOSPI200'],
    ['^KQ11', 'KOSDAQ'],
    ['코스닥', 'KOSDAQ'],
    ['kosdaq 150', 'KOSDAQ150'],
    ['KRX:2203', 'KOSDAQ150'],
    ['kospi_food', 'KOSPI_FOOD'],
    ['코스피 음식료·담배', 'KOSPI_FOOD'],
    ['코스피 음식료품', 'KOSPI_FOOD'],
    ['코스닥 음식료·담배', 'KOSDAQ_FOOD'],
    ['코스피 200 정보기술', 'KOSPI200_IT'],
    ['코스피 대형주', 'KOSPI_LARGE'],
    ['코스닥 제약', 'KOSDAQ_PHARMA'],
    ['코스닥 150 헬스케어', 'KOSDAQ150_HEALTH'],
  ])('%s is the index %s', (text, code) => {
    expect(requireSymbolCode(text)).toBe(code)
    expect(defineSymbol(code)).toMatchObject({ kind: 'INDEX', decimals: 2 })
  })

  it('of every index is read from each of its names, which no other index has', () => {
    for (const { code, nameKo, nameEn, aliases, krxCode } of INDICES) {
      for (const name of [code, nameKo, nameEn, ...aliases, `KRX:${krxCode}`]) {
        expect([name, readSymbolCode(name)]).toEqual([name, code])
      }
    }
    expect(new Set(INDICES.map(({ code }) => code)).size).toBe(INDICES.length)
    expect(new Set(INDICES.map(({ krxCode }) => krxCode)).size).toBe(INDICES.length)
  })

  it('is read from each of its aliases', () => {
    const samsung = { code: '005930', market: 'KOSPI', isin: 'KR7005930003' } as const
    expect(aliasesOf(samsung)).toEqual(['A005930', 'KRX:005930', '005930.KS', 'KR7005930003'])
    expect(aliasesOf({ code: '900140', market: 'KOSDAQ', isin: 'KYG5307W1015' })).toEqual([
      'A900140',
      'KRX:900140',
      '900140.KQ',
    ])
    const index = aliasesOf({ code: 'KOSPI200', market: 'KOSPI', isin: null })
    expect(index).toEqual(['^KS200', 'KS200', 'KPI200', 'K200', '코스피 200', 'KRX:1028'])
    for (const alias of [...aliasesOf(samsung), ...index]) expect(readSymbolCode(alias)).toBeDefined()
    expect(aliasesOf({ code: 'SIM001', market: 'KOSPI', isin: null })).toEqual([])
  })
})

describe('a symbol that is known by its code alone', () => {
  it.each([
    ['005930', 'UNKNOWN'],
    ['0126Z0', 'UNKNOWN'],
    ['530031', 'UNKNOWN'],
    ['005935', 'PREFERRED_SHARE'],
    ['00088K', 'PREFERRED_SHARE'],
  ])('%s is of the kind %s, in whole won', (code, kind) => {
    expect(defineSymbol(code)).toMatchObject({ kind, market: null, decimals: 0 })
  })
})

describe('the ticks and the tax of a symbol', () => {
  it.each([
    [{ kind: 'INDEX', market: 'KOSPI' }, null, 'EXEMPT'],
    [{ kind: 'ETF', market: 'KOSPI' }, 'FUND', 'EXEMPT'],
    [{ kind: 'ETN', market: null }, 'FUND', 'EXEMPT'],
    [{ kind: 'COMMON_SHARE', market: 'KOSPI' }, 'KOSPI', 'KOSPI'],
    [{ kind: 'SPAC', market: 'KOSDAQ' }, 'KOSDAQ', 'KOSDAQ'],
    [{ kind: 'COMMON_SHARE', market: 'KONEX' }, 'KOSDAQ', 'KONEX'],
    [{ kind: 'UNKNOWN', market: null }, null, null],
  ] as const)('of %j are %s and %s', (symbol, ticks, tax) => {
    expect([tickTableOf(symbol), taxClassOf(symbol)]).toEqual([ticks, tax])
  })
})
