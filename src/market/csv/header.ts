/**
 * What the names of columns mean: Korean, English, and those of vendors' interfaces. A name is compared without
 * case, spaces, underscores and full stops, so `Trade_Date` and `trade date` are one.
 */

export const FIELDS = ['date', 'open', 'high', 'low', 'close', 'volume', 'symbol'] as const
export type Field = (typeof FIELDS)[number]
/** What every row must have; the symbol may be the file's. */
export const REQUIRED_FIELDS = ['date', 'open', 'high', 'low', 'close', 'volume'] as const

// An adjusted close is nowhere among them: open, high and low are as traded, and a bar is one or the other.
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  date: [
    ...['date', 'dt', 'datetime', 'tradedate', 'tradingdate', 'day', 'session', 'trddd', 'basdd', 'basdt'],
    ...['날짜', '일자', '거래일', '거래일자', '기준일', '기준일자', '매매일', '매매일자', '영업일자'],
    'stckbsopdate',
  ],
  open: [
    ...[
      'open',
      'openprice',
      'openpric',
      'openingprice',
      'opnprcidx',
      'opnprc',
      'tddopnprc',
      'stckoprc',
      'mkp',
    ],
    ...['시가', '시초가', '시가지수'],
  ],
  high: [
    ...['high', 'highprice', 'highpric', 'hgprcidx', 'hgprc', 'tddhgprc', 'stckhgpr', 'hipr'],
    ...['고가', '최고가', '고가지수'],
  ],
  low: [
    ...['low', 'lowprice', 'lowpric', 'lwprcidx', 'lwprc', 'tddlwprc', 'stcklwpr', 'lopr'],
    ...['저가', '최저가', '저가지수'],
  ],
  close: [
    ...['close', 'closeprice', 'closingprice', 'closepric', 'close/last', 'last', 'price', 'curprc'],
    ...['clsprcidx', 'clsprc', 'tddclsprc', 'stckclpr', 'clpr', '종가', '현재가', '종가지수'],
  ],
  volume: [
    ...['volume', 'vol', 'volume(shares)', 'tradingvolume', 'trdeqty', 'acctrdvol', 'acmlvol', 'trqu'],
    ...['거래량', '거래량(주)', '누적거래량', '거래량(천주)'],
  ],
  symbol: [
    ...['symbol', 'ticker', 'code', 'stockcode', 'stkcd', 'isusrtcd', 'srtncd'],
    ...['종목코드', '단축코드', '종목', '티커'],
  ],
}

const FIELD_OF = new Map(FIELDS.flatMap((field) => NAMES[field].map((name) => [name, field] as const)))

/** A column's name as names are compared. NFC, since macOS takes Hangul apart. */
export function columnKey(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_.\uFEFF]/g, '')
}

export function fieldOf(name: string): Field | undefined {
  return FIELD_OF.get(columnKey(name))
}

/** The fields that a header names, each once. */
export function fieldsNamed(header: readonly string[]): Field[] {
  return [...new Set(header.map(fieldOf).filter((field) => field !== undefined))]
}

/** Positions of the columns that may hold each field, from 0. */
export type Candidates = Readonly<Record<Field, readonly number[]>>

export function candidatesIn(header: readonly string[]): Candidates {
  const fields = header.map(fieldOf)
  const positions = (field: Field): number[] => fields.flatMap((found, at) => (found === field ? [at] : []))
  return Object.fromEntries(FIELDS.map((field) => [field, positions(field)])) as Record<Field, number[]>
}

/** Columns that pandas writes for the rows' labels: a count, or, where the label has no name, the date itself. */
export function isIndexName(name: string): boolean {
  return /^(|index|unnamed:\d+)$/.test(columnKey(name))
}
