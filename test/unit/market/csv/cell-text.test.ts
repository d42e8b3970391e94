import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import { createBarCheck } from '../../../../src/domain/bars/bar-check.js'
import { defineSymbol } from '../../../../src/domain/symbol.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { readDate } from '../../../../src/market/dates/date-shape.js'
import { readPrice, readVolume } from '../../../../src/market/csv/number-text.js'

describe('a price', () => {
  it.each(['₩1,000', '(5)', '1,00', '1.2.3', '1K', '+', 'abc', '0x10', 'Infinity'])(
    'keeps its text where it is not a price: %s',
    (text) => {
      expect(readPrice(text, 'value')).toBe(text)
    },
  )

  it.each(['', ' ', 'null', 'NaN', 'N/A', '-'])('is missing in "%s"', (text) => {
    expect(readPrice(text, 'value')).toBeUndefined()
  })

  it('may have full-width digits, hard spaces and another minus', () => {
    expect(readPrice('２，６８２．５', 'value')).toBe(2_682.5)
    expect(readPrice('1\u00a0234\u202f567', 'value')).toBe(1_234_567)
    expect(readPrice('\u00a05\u00a0', 'value')).toBe(5)
    expect(readPrice('\u22125', 'direction')).toBe(5)
    expect(readVolume('３６７，５４２', 'thousands').shares).toBe(367_542_000)
    expect(readPrice('1\u00a023', 'value')).toBe('1\u00a023')
  })

  it('may have separators and a sign', () => {
    expect(readPrice('1,234,567.5', 'value')).toBe(1_234_567.5)
    expect(readPrice('+5', 'value')).toBe(5)
    expect(readPrice('-5', 'value')).toBe(-5)
    expect(readPrice('-5', 'direction')).toBe(5)
  })
})

describe('a volume', () => {
  it.each(['(5)', '5 shares', '1.5', '0.0000001K', 'K'])(
    'keeps its text where it is not a whole number: %s',
    (text) => {
      expect(readVolume(text, 'thousands').shares).toBe(text === '1.5' ? 1_500 : text)
    },
  )

  it.each([
    ['350.94M', 'shares', 350_940_000, 10_000],
    ['264.58k', 'shares', 264_580, 10],
    ['4.50B', 'shares', 4_500_000_000, 10_000_000],
    ['3억', 'shares', 300_000_000, 100_000_000],
    ['500,000', 'shares', 500_000, 1],
    ['226042.0', 'shares', 226_042, 1],
    ['226042.0', 'thousands', 226_042_000, 1_000],
    ['494700', 'thousands', 494_700_000, 100_000],
    ['500000', 'thousands', 500_000_000, 100_000],
    ['0', 'thousands', 0, 1_000],
    ['1.2558236E7', 'shares', 12_558_236, 1],
    ['265220000.00000003', 'shares', 265_220_000, 1],
    ['265219.99999999997', 'thousands', 265_220_000, 10_000],
  ] as const)('%s in %s is %d, known to %d', (text, unit, shares, step) => {
    expect(readVolume(text, unit)).toEqual({ shares, step })
  })

  it('is never left as text that the check of bars would count as shares', () => {
    const sample = { row: 1, symbol: 'KOSPI', session: '2024-07-10', open: 1, high: 4, low: 1, close: 3 }
    for (const text of ['5', ' 5 ', '+5', '5.', '.5e1', '5e3', '5E+0003', '007', '5.0']) {
      const checked = createBarCheck(createCalendar(), '2024-12-30' as Session)(
        { ...sample, volume: text },
        defineSymbol('KOSPI'),
      )
      expect([text, checked.kind, typeof readVolume(text, 'thousands').shares]).toEqual([
        text,
        'bar',
        'number',
      ])
    }
  })
})

describe('a date', () => {
  it.each([
    '2024',
    '45292',
    '2024-01-02 09:01',
    '2024-01-02 11:30:00',
    '2024-01-02T14:59:59Z',
    '1704153660',
    '123456789012345',
    `2024-01-02${' '.repeat(100)}x`,
    '13-13',
    '1/2/24',
    'Foo 2, 2024',
    '2024-1a-02',
    '20240102 15:29:00',
  ])('is not read from %s', (text) => {
    expect(readDate(text, undefined)).toBeUndefined()
  })

  it.each([
    ...['2015-08-31', '2015/08/31', '2015.8.31', '20150831', '2015- 08- 31', '2015년 8월 31일'],
    ...['2015-08-31 00:00:00+09:00', '2015-08-31T00:00:00.000Z', 'Aug 31, 2015', '31-Aug-15'],
    ...['2015. 8. 31 오후 3:30:00', '2015. 8. 31. 오전 12:00:00', '2015-08-31 15:30', '20150831 15:30:00'],
    ...['2015-08-31T09:00:00+09:00', '2015-08-30T15:00:00Z', '2015-08-31T06:30:00Z', '2015-08-31 3:30 PM'],
    ...['2015-08-31(월)', '2015.08.31 (월)', '2015년 8월 31일 월요일', '15년 8월 31일', '2015-08-31(Mon)'],
    ...[
      '２０１５-０８-３１',
      '2015\u00a0-\u00a008-31',
      '1440979200',
      '1440946800',
      '1441002600000',
      '20150831.0',
    ],
  ])('is read from %s', (text) => {
    expect(readDate(text, undefined)).toBe('2015-08-31')
  })
})
