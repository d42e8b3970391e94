import { createBarCheck } from '../../../../src/domain/bars/bar-check.js'
import type { CheckBar } from '../../../../src/domain/bars/bar-check.js'
import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import type { RawBar } from '../../../../src/domain/bars/row-outcome.js'
import { flagsOf } from '../../../../src/domain/bars/bar.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { defineSymbol } from '../../../../src/domain/symbol.js'
import type { SymbolDefinition } from '../../../../src/domain/symbol.js'

const INDEX = defineSymbol('KOSPI')
const SHARE = defineSymbol('005930')
const checkBar = createBarCheck(createCalendar(), '2024-07-10' as Session)
const GOOD: RawBar = {
  row: 7,
  symbol: 'KOSPI',
  session: '2024-07-10',
  open: '2860.10',
  high: '2870.00',
  low: '2850.50',
  close: '2867.99',
  volume: '480400',
}

const FLAT = { open: '859.27', high: '859.27', low: '859.27' }

function problemsOf(change: Partial<RawBar>, symbol = INDEX): string[] {
  const checked = checkBar({ ...GOOD, ...change }, symbol)
  if (checked.kind !== 'problems') return [checked.kind]
  return checked.problems.map(({ field, code }) => `${field} ${code}`)
}

function flagsIn(change: Partial<RawBar>, symbol = INDEX): string[] {
  const checked = checkBar({ ...GOOD, ...change }, symbol)
  return checked.kind === 'bar' ? flagsOf(checked.bar.flags) : [checked.kind]
}

describe('checking a row', () => {
  it('refuses what is not a bar, naming field and reason', () => {
    expect(problemsOf({ session: '2024-02-30' })).toEqual(['session INVALID_DATE'])
    expect(problemsOf({ session: '0050-07-03' })).toEqual(['session INVALID_DATE'])
    expect(problemsOf({ session: '2024-07-11' })).toEqual(['session NOT_CLOSED'])
    expect(problemsOf({ open: '' })).toEqual(['open MISSING'])
    expect(problemsOf({ open: undefined })).toEqual(['open MISSING'])
    expect(problemsOf({ high: 'null' })).toEqual(['high NOT_A_NUMBER'])
    expect(problemsOf({ high: '0x10' })).toEqual(['high NOT_A_NUMBER'])
    expect(problemsOf({ high: Number.POSITIVE_INFINITY })).toEqual(['high NOT_A_NUMBER'])
    expect(problemsOf({ low: 0 })).toEqual(['low NOT_POSITIVE'])
    expect(problemsOf({ close: '-1' })).toEqual(['close NOT_POSITIVE'])
    expect(problemsOf({ volume: -5n })).toEqual(['volume NEGATIVE'])
    expect(problemsOf({ volume: '1.5' })).toEqual(['volume NOT_A_NUMBER'])
    expect(problemsOf({ volume: 2n ** 60n })).toEqual(['volume TOO_LARGE'])
  })

  it('refuses prices that contradict each other', () => {
    expect(problemsOf({ low: '2871' })).toEqual(['low CONTRADICTORY'])
    expect(problemsOf({ open: '2871' })).toEqual(['open CONTRADICTORY'])
    expect(problemsOf({ close: '2850.48' })).toEqual(['close CONTRADICTORY'])
  })

  it.each([
    ['close above high', { close: '2871' }],
    ['close below low', { close: '2850' }],
    ['open above high', { open: '2871' }],
    ['low above high', { open: '2870', low: '2871', close: '2870' }],
  ])('flags a share whose %s by one unit of rounding, and keeps its prices', (_, prices) => {
    const change = { open: '2860', close: '2867', ...prices, high: '2870' }
    const low = 'low' in prices ? prices.low : '2851'
    const checked = checkBar({ ...GOOD, ...change, low }, SHARE)
    expect(flagsIn({ ...change, low }, SHARE)).toEqual(['ROUNDED'])
    const expected = Object.fromEntries(Object.entries(change).map(([name, price]) => [name, Number(price)]))
    expect(checked).toMatchObject({ bar: expected })
  })

  it('takes one unit of an index to be a hundredth, and refuses two units of either', () => {
    expect(flagsIn({ close: '2870.01' })).toEqual(['ROUNDED'])
    expect(flagsIn({ open: '2850.49' })).toEqual(['ROUNDED'])
    expect(problemsOf({ close: '2870.02' })).toEqual(['close CONTRADICTORY'])
    expect(problemsOf({ high: '2870', close: '2872' }, SHARE)).toEqual(['close CONTRADICTORY'])
    expect(problemsOf({ open: '2852', low: '2854', high: '2860', close: '2855' }, SHARE)).toEqual([
      'open CONTRADICTORY',
    ])
  })

  it('reports every field of a row that is wrong', () => {
    expect(problemsOf({ open: 'x', high: '-1', close: '', volume: '-1' })).toEqual([
      'open NOT_A_NUMBER',
      'close MISSING',
      'volume NEGATIVE',
      'high NOT_POSITIVE',
    ])
  })

  it('removes float noise up to a millionth of the price, and no more', () => {
    const index = checkBar({ ...GOOD, close: '2867.6899410' }, INDEX)
    expect(index).toMatchObject({ kind: 'bar', bar: { close: 2867.69, volume: 480_400n, flags: 0 } })
    const noisy = { open: 2860.00001, high: 2870.002, low: 2851, close: 2867 }
    const share = checkBar({ ...GOOD, ...noisy }, SHARE)
    expect(share).toMatchObject({ kind: 'bar', bar: { open: 2860, high: 2870, flags: 0 } })
  })

  it.each([
    ['an index in thousandths', INDEX, { close: '2867.994' }],
    ['an index of the KOSDAQ that is given for a share', SHARE, { ...FLAT, close: '859.27' }],
    ['a share after a split', SHARE, { open: '2860', high: '2870', low: '2851', close: 2867.6 }],
  ])('keeps a price that is no unit of the decimals as delivered, with a flag: %s', (_, symbol, change) => {
    const checked = checkBar({ ...GOOD, ...change }, symbol)
    expect(checked).toMatchObject({ kind: 'bar', bar: { close: Number(change.close) } })
    expect(flagsIn(change, symbol)).toEqual(['OFF_TICK'])
  })

  it('flags an unadjusted price beside the ticks, and no price whose source does not state that', () => {
    const listed = { ...SHARE, kind: 'COMMON_SHARE', market: 'KOSDAQ' } as const
    const fund = { ...SHARE, kind: 'ETF', market: 'KOSPI' } as const
    const raw = createBarCheck(createCalendar(), '2024-07-10' as Session, 'RAW')
    const flags = (check: CheckBar, price: number, symbol: SymbolDefinition): string[] => {
      const prices = { open: price, high: price, low: price, close: price }
      const checked = check({ ...GOOD, ...prices, volume: 5 }, symbol)
      return checked.kind === 'bar' ? flagsOf(checked.bar.flags) : [checked.kind]
    }
    expect(flags(raw, 68_050, listed)).toEqual(['OFF_TICK'])
    expect(flags(raw, 68_100, listed)).toEqual([])
    expect(flags(raw, 12_344, fund)).toEqual(['OFF_TICK'])
    expect(flags(raw, 12_345, fund)).toEqual([])
    expect(flags(raw, 68_050, SHARE)).toEqual([])
    expect(flags(raw, 2_867.13, INDEX)).toEqual([])
    expect(flags(checkBar, 68_050, listed)).toEqual([])
  })

  it('reads a share that did not trade as a flat, flagged bar, and an index never', () => {
    const halted = { open: '0', high: '0', low: '0', close: '12300', volume: '0' }
    const share = checkBar({ ...GOOD, ...halted }, SHARE)
    if (share.kind !== 'bar') throw new Error('a halted share was refused')
    expect(share.bar).toMatchObject({ open: 12_300, high: 12_300, low: 12_300, close: 12_300, volume: 0n })
    expect(flagsOf(share.bar.flags)).toEqual(['HALT'])
    expect(problemsOf({ ...halted, volume: '99' }, SHARE)).toEqual(['volume CONTRADICTORY'])
    expect(problemsOf({ ...halted, volume: '-7' }, SHARE)).toEqual(['volume NEGATIVE'])
    expect(flagsIn({ ...halted, close: '0.4' }, SHARE)).toEqual(['HALT', 'OFF_TICK'])
    expect(problemsOf({ ...halted, close: '0' }, SHARE)).toEqual(['close NOT_POSITIVE'])
    expect(problemsOf({ ...halted, close: '1e300' }, SHARE)).toEqual(['close TOO_LARGE'])
  })

  it('flags a flat share without volume as halted, and moving prices without volume as incomplete', () => {
    const flat = { open: 12_300, high: 12_300, low: 12_300, close: 12_300, volume: 0 }
    expect(flagsIn({ ...flat }, SHARE)).toEqual(['HALT'])
    expect(flagsIn({ ...flat }, INDEX)).toEqual(['NO_VOLUME'])
    expect(flagsIn({ volume: 0 }, INDEX)).toEqual(['NO_VOLUME'])
    expect(flagsIn({ ...flat, high: 12_400, volume: 0 }, SHARE)).toEqual(['NO_VOLUME'])
  })

  it('drops a row without any price, and not one that lacks some', () => {
    const nothing = { open: '', high: '', low: '', close: '' }
    expect(checkBar({ ...GOOD, ...nothing, volume: '' }, INDEX)).toMatchObject({
      kind: 'dropped',
      row: { row: 7, code: 'NULL_ROW' },
    })
    expect(checkBar({ ...GOOD, ...nothing, session: 'x' }, INDEX)).toMatchObject({ kind: 'dropped' })
    expect(problemsOf({ ...nothing, close: '1' })).toEqual(['open MISSING', 'high MISSING', 'low MISSING'])
  })

  it('drops a row of zeros on a closed day, and rejects one on a session', () => {
    const zeros = { open: '0', high: '0', low: '0', close: '0', volume: '0' }
    const dropped = checkBar({ ...GOOD, ...zeros, session: '2024-05-01' }, SHARE)
    expect(dropped).toMatchObject({ kind: 'dropped', row: { row: 7, code: 'NULL_ROW' } })
    expect(problemsOf({ ...zeros, volume: '', session: '2024-05-01' })).toEqual(['dropped'])
    expect(problemsOf({ ...zeros, session: '2024-05-01', volume: '5' }, SHARE)).toEqual([
      'close NOT_POSITIVE',
    ])
    expect(problemsOf({ ...zeros, session: '2024-07-10' }, SHARE)).toEqual(['close NOT_POSITIVE'])
  })

  it('takes float noise in a volume for the whole number, and no fraction of a share', () => {
    const noisy = checkBar({ ...GOOD, volume: 265_220_000.000_000_03 + 2 ** -25 }, INDEX)
    expect(noisy).toMatchObject({ kind: 'bar', bar: { volume: 265_220_000n } })
    expect(checkBar({ ...GOOD, volume: '265220000.00000003' }, INDEX)).toMatchObject({
      bar: { volume: 265_220_000n },
    })
    expect(problemsOf({ volume: 1_000.5 })).toEqual(['volume NOT_A_NUMBER'])
    expect(problemsOf({ volume: 0.000_1 })).toEqual(['volume NOT_A_NUMBER'])
  })

  it('defers an index without open, high and low, and a closed day, to the other rows', () => {
    const bare = { open: 0, high: 0, low: 0 }
    expect(checkBar({ ...GOOD, ...bare }, INDEX)).toMatchObject({ kind: 'doubtful', doubt: 'UNFINISHED' })
    const holiday = { session: '2024-05-01', low: 2_871 }
    expect(checkBar({ ...GOOD, ...holiday }, INDEX)).toMatchObject({ kind: 'doubtful', doubt: 'CLOSED_DAY' })
    expect(problemsOf({ ...holiday, close: 0 })).toContain('close NOT_POSITIVE')
  })

  it('marks bars of years that the calendar does not know', () => {
    expect(flagsIn({ session: '1981-05-02' }, INDEX)).toEqual(['UNCHECKED'])
  })
})
