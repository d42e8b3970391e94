import { parseShortSaleFile } from '../../../../src/domain/backtests/short-sale-file.js'

const parse = (text: string) => parseShortSaleFile(text, 'shorts.csv')

test.each([
  ['', 'shorts.csv: line 1 is ""; it must be code,from,to'],
  ['005930,2021-05-03,', 'line 1 is "005930,2021-05-03,"; it must be code,from,to'],
  ['code,from,to\n5930,2021-05-03,', 'line 2: code "5930" must be a six-character KRX code such as 005930'],
  ['code,from,to\n\n005930,2021-5-3,', 'line 3: from "2021-5-3" must be a date, YYYY-MM-DD'],
  ['code,from,to\n005930,2021-05-03,soon', 'to "soon" must be a date, YYYY-MM-DD, or empty'],
  ['code,from,to\n005930,2021-05-03,2021-05-02', 'to 2021-05-02 is before from 2021-05-03; swap them'],
  ['code,from,to\n005930,2021-05-03,2021-06-02,KOSPI200', 'it has 4 columns; it must have code,from,to'],
])('%j is refused', (text, message) => {
  expect(() => parse(text)).toThrow(message)
})

test('at most ten wrong lines are named', () => {
  expect(() => parse(`code,from,to\n${'x,y,z\n'.repeat(25)}`)).toThrow(/line 11: [^;]*; and 15 more$/)
})

test('periods are by code, and a partial ban that no line touches has no list', () => {
  const list = parse(
    '\uFEFFCode,From,To\r\n005930,2021-05-03,2023-11-05\r\n"000660","2021-05-03",\r\n005930,2024-01-02,\r\n',
  )
  const unlisted = ['2009-06-01', '2011-11-10']
  expect(list.permitsOf('005930')).toEqual({
    permitted: [
      { from: '2021-05-03', to: '2023-11-05' },
      { from: '2024-01-02', to: null },
    ],
    unlisted,
  })
  expect(list.permitsOf('000660')).toEqual({ permitted: [{ from: '2021-05-03', to: null }], unlisted })
  expect(list.permitsOf('035720')).toEqual({ permitted: [], unlisted })
})
