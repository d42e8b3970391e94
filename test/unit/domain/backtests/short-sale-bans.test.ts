import { NO_PERMITS, shortSaleRefusal } from '../../../../src/domain/backtests/short-sale-bans.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { SymbolKind } from '../../../../src/domain/symbol.js'

const refusal = (session: string, kind: SymbolKind = 'COMMON_SHARE', permits = NO_PERMITS) =>
  shortSaleRefusal({ kind }, permits, session as Session)

test.each([
  ['2008-09-30', null],
  ['2008-10-01', 'BANNED'],
  ['2009-05-29', 'BANNED'],
  ['2009-06-01', 'NO_SHORT_LIST'],
  ['2011-08-09', 'NO_SHORT_LIST'],
  ['2011-08-10', 'BANNED'],
  ['2011-11-09', 'BANNED'],
  ['2011-11-10', 'NO_SHORT_LIST'],
  ['2013-11-13', 'NO_SHORT_LIST'],
  ['2013-11-14', null],
  ['2020-03-13', null],
  ['2020-03-16', 'BANNED'],
  ['2021-04-30', 'BANNED'],
  ['2021-05-03', 'NO_SHORT_LIST'],
  ['2023-11-03', 'NO_SHORT_LIST'],
  ['2023-11-06', 'BANNED'],
  ['2025-03-28', 'BANNED'],
  ['2025-03-31', null],
] as const)('a share without a list on %s: %s', (session, expected) => {
  expect(refusal(session)).toBe(expected)
})

test('a list permits its shares in a partial ban, and nothing in a full one', () => {
  const permits = { permitted: [{ from: '2020-01-01' as Session, to: null }], unlisted: ['2009-06-01'] }
  expect(refusal('2022-06-02', 'COMMON_SHARE', permits)).toBeNull()
  expect(refusal('2020-06-02', 'COMMON_SHARE', permits)).toBe('BANNED')
  expect(refusal('2010-06-03', 'COMMON_SHARE', permits)).toBe('NO_SHORT_LIST')
  const ended = { permitted: [{ from: '2021-06-11' as Session, to: '2021-12-09' as Session }], unlisted: [] }
  expect(
    ['2021-06-10', '2021-06-11', '2021-12-09', '2021-12-10'].map((on) => refusal(on, 'UNKNOWN', ended)),
  ).toEqual(['BANNED', null, null, 'BANNED'])
})

test('funds were banned with everything in 2020 and 2023, and are no financial shares', () => {
  expect(['2010-06-03', '2020-06-02', '2022-06-02', '2024-06-03'].map((on) => refusal(on, 'ETF'))).toEqual([
    null,
    'BANNED',
    'NO_SHORT_LIST',
    'BANNED',
  ])
})

test('an index may always be sold short, by its future', () => {
  expect(refusal('2024-06-03', 'INDEX')).toBeNull()
})
