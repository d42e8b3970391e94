import type { SeriesAction } from '../../../../../src/domain/bars/actions/corporate-action.js'
import { breakPlaces, isBreak, seamEvidence } from '../../../../../src/domain/bars/actions/series-break.js'
import type { SeriesRules } from '../../../../../src/domain/bars/actions/series-break.js'
import type { Session } from '../../../../../src/domain/calendar/session.js'

const SHARE: SeriesRules = { kind: 'COMMON_SHARE', decimals: 0, actions: [] }
const [DAY, NEXT] = ['2024-05-02', '2024-05-03'] as Session[] as [Session, Session]

const breaks = (from: number, to: number, rules: Partial<SeriesRules> = {}, [day, next] = [DAY, NEXT]) =>
  isBreak({ ...SHARE, ...rules }, { session: day, close: from }, { session: next, close: to })

const action = (given: Partial<SeriesAction>): { actions: SeriesAction[] } => ({
  actions: [{ session: NEXT, kind: 'SPLIT', ratio: 0.02, applied: true, ...given }],
})

describe('a move that no daily limit allows', () => {
  it('breaks the series where nothing explains it', () => {
    // 012170, after a halt with a new base price; Kakao on the day of its split, raw bars continued by adjusted ones.
    expect(breaks(230, 2_065)).toBe(true)
    expect(breaks(558_000, 120_500)).toBe(true)
  })

  it('breaks that of an index too', () => {
    expect(breaks(2_700, 1_800, { kind: 'INDEX', decimals: 2 })).toBe(true)
    expect(breaks(2_700, 2_500, { kind: 'INDEX', decimals: 2 })).toBe(false)
  })

  it('does not break it where an applied action leaves a move within the limit', () => {
    expect(breaks(2_650_000, 51_900)).toBe(true)
    expect(breaks(2_650_000, 51_900, action({}))).toBe(false)
    expect(breaks(2_650_000, 80_000, action({}))).toBe(true)
    expect(breaks(2_650_000, 51_900, action({ applied: false }))).toBe(true)
    expect(breaks(2_650_000, 51_900, action({ session: DAY }))).toBe(true)
  })

  it('breaks it where an action names a cause and no ratio', () => {
    expect(breaks(1_000, 400, action({ kind: 'MERGER', ratio: null, applied: false }))).toBe(true)
  })

  it('breaks it neither in a liquidation nor within the limits of a listing', () => {
    const liquidation = action({ session: '2024-04-30' as Session, kind: 'LIQUIDATION', ratio: null })
    expect(breaks(1_000, 90, liquidation)).toBe(false)
    const listing = action({ kind: 'LISTING', ratio: null })
    expect(breaks(20_000, 80_000, listing)).toBe(false)
    expect(breaks(20_000, 12_000, listing)).toBe(false)
    expect(breaks(20_000, 90_000, listing)).toBe(true)
    const earlier = action({ session: '2020-05-04' as Session, kind: 'LISTING', ratio: null })
    const days = ['2020-04-29', '2020-05-04'] as Session[] as [Session, Session]
    expect(breaks(20_000, 52_000, earlier, days)).toBe(false)
    expect(breaks(20_000, 53_000, earlier, days)).toBe(true)
  })

  it('does not break it where rounding explains the rest', () => {
    // An adjusted price of 3 won may have been 3.49, and 4 won 4.49.
    expect(breaks(3, 4)).toBe(false)
    expect(breaks(3, 6)).toBe(true)
  })

  it('is found in columns at its place', () => {
    const sessions = ['2024-05-02', '2024-05-03', '2024-05-07', '2024-05-08'] as Session[]
    expect(breakPlaces(SHARE, sessions, [230, 240, 2_065, 2_100])).toEqual([2])
    expect(breakPlaces(SHARE, sessions, [230, 299, 210, 250])).toEqual([])
  })
})

test('the move across an action shows whether the stored bars contain it', () => {
  const evidence = (from: number, to: number, ratio: number) =>
    seamEvidence(SHARE, { session: DAY, close: from }, { session: NEXT, close: to }, ratio)
  expect(evidence(2_650_000, 51_900, 0.02)).toBe('RAW')
  expect(evidence(53_000, 51_900, 0.02)).toBe('ADJUSTED')
  expect(evidence(1_000, 960, 0.95)).toBe('EITHER')
  expect(evidence(230, 2_065, 5)).toBe('NEITHER')
})
