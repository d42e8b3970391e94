import { masterRowProblem } from '../../../../../src/domain/bars/instruments/listed-instrument.js'
import type { MasterRow } from '../../../../../src/domain/bars/instruments/listed-instrument.js'
import {
  isSameListing,
  marketOn,
  mergeListing,
} from '../../../../../src/domain/bars/instruments/listing-merge.js'
import type { Listing } from '../../../../../src/domain/bars/instruments/listing-merge.js'
import type { Session } from '../../../../../src/domain/calendar/session.js'

const day = (text: string): Session => text as Session
const ROW: MasterRow = {
  row: 1,
  code: '035720',
  kind: 'UNKNOWN',
  market: null,
  nameKo: null,
  nameEn: null,
  isin: null,
  sector: null,
  listedOn: null,
  delistedOn: null,
}
const ON_KOSDAQ = {
  ...ROW,
  market: 'KOSDAQ',
  listedOn: day('1999-11-11'),
  delistedOn: day('2017-07-10'),
} as const
const ON_KOSPI = { ...ROW, market: 'KOSPI', listedOn: day('2017-07-10') } as const

function merge(...rows: readonly MasterRow[]): Listing {
  const listing = rows.reduce<Listing | undefined>((stored, row) => {
    const merged = mergeListing(row, stored, day('2026-01-05'))
    if ('refused' in merged) throw new Error(merged.refused)
    return merged
  }, undefined)
  if (listing === undefined) throw new Error('no row')
  return listing
}

describe('a row of a master', () => {
  it.each([
    [{ code: 'KOSPI' }, /is an index, which is known by name/],
    [{ code: 'SIM001' }, /reserved for the simulated market/],
    [{ code: '0I5930' }, /neither an index/],
    [{ kind: 'INDEX' }, /is an index/],
    [{ isin: 'KR7005930004' }, /not a valid ISIN: its check digit should be 3/],
    [{ isin: 'KR7005930003' }, /the ISIN KR7005930003 is that of 005930/],
    [{ nameKo: 'x'.repeat(201) }, /nameKo has more than 200 characters/],
    [{ listedOn: day('2024-02-30') }, /"2024-02-30" is not a date/],
    [{ listedOn: day('2024-02-01'), delistedOn: day('2024-01-01') }, /delisted on 2024-01-01, not after/],
    [
      {
        markets: [
          { market: 'KONEX', from: null, to: day('2020-01-02') },
          { market: 'KOSDAQ', from: day('2019-01-02'), to: null },
        ],
      },
      /its times on KONEX and KOSDAQ overlap/,
    ],
  ] as const)('is rejected: %j', (change, reason) => {
    expect(masterRowProblem({ ...ROW, ...change })).toMatch(reason)
  })

  it('with another ISIN than the stored one is refused', () => {
    const stored = merge({ ...ROW, isin: 'KR7035720002' })
    expect(mergeListing({ ...ROW, isin: 'KR7035721000' }, stored, day('2026-01-05'))).toEqual({
      refused: '035720 has the ISIN KR7035720002 here, not KR7035721000',
    })
  })

  it('adds what it states, and erases nothing that it leaves out', () => {
    const { instrument } = merge(
      { ...ROW, kind: 'COMMON_SHARE', nameKo: '카카오', isin: 'KR7035720002', market: 'KOSPI' },
      { ...ROW, nameEn: 'Kakao', sector: '서비스업' },
    )
    expect(instrument).toMatchObject({
      kind: 'COMMON_SHARE',
      market: 'KOSPI',
      nameKo: '카카오',
      nameEn: 'Kakao',
      isin: 'KR7035720002',
      sector: '서비스업',
    })
  })
})

describe('moves between markets', () => {
  const MOVED = [
    { market: 'KOSDAQ', from: '1999-11-11', to: '2017-07-10' },
    { market: 'KOSPI', from: '2017-07-10', to: null },
  ]

  it.each([
    ['the listing comes first', [ON_KOSPI, ON_KOSDAQ]],
    ['the delisting comes first', [ON_KOSDAQ, ON_KOSPI]],
    ['both come again', [ON_KOSDAQ, ON_KOSPI, ON_KOSDAQ, ON_KOSPI]],
  ])('are put together from a listing and a delisting where %s', (_, rows) => {
    const { periods, instrument } = merge(...rows)
    expect(periods).toEqual(MOVED)
    expect(instrument).toMatchObject({ market: 'KOSPI', listedOn: '1999-11-11', delistedOn: null })
    expect(['1999-01-01', '2017-07-07', '2017-07-10'].map((date) => marketOn(periods, day(date)))).toEqual([
      null,
      'KOSDAQ',
      'KOSPI',
    ])
  })

  it('without a date of listing happened when the master was made', () => {
    const { periods } = merge({ ...ROW, market: 'KONEX' }, { ...ROW, market: 'KOSDAQ' })
    expect(periods).toEqual([
      { market: 'KONEX', from: null, to: '2026-01-05' },
      { market: 'KOSDAQ', from: '2026-01-05', to: null },
    ])
  })

  it('that are stated one by one replace what was put together', () => {
    const markets = [{ market: 'KOSPI', from: null, to: null }] as const
    expect(merge(ON_KOSDAQ, { ...ROW, markets }).periods).toEqual(markets)
  })

  it('that are stated again change nothing', () => {
    const stored = merge(ON_KOSDAQ, ON_KOSPI)
    expect(isSameListing(stored, merge(ON_KOSDAQ, ON_KOSPI, ON_KOSDAQ))).toBe(true)
    expect(isSameListing(undefined, stored)).toBe(false)
  })
})
