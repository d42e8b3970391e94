/**
 * Column names of bar files: Korean, English, and those of vendors' APIs. Names are compared without case, spaces,
 * underscores and full stops, so `Trade_Date` equals `trade date`.
 */

export const FIELDS = ['date', 'open', 'high', 'low', 'close', 'volume', 'symbol'] as const
export type Field = (typeof FIELDS)[number]
/** Fields that every row must have; the symbol may come from elsewhere. */
export const REQUIRED_FIELDS = ['date', 'open', 'high', 'low', 'close', 'volume'] as const

// An adjusted close is left out on purpose: open, high and low are unadjusted, and a bar must not mix both.
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

/** Returns a column's name in the form in which names are compared. NFC, because macOS decomposes Hangul. */
export function columnKey(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_.\uFEFF]/g, '')
}

/** Returns the field that a column name stands for, or undefined. */
export function fieldOf(name: string): Field | undefined {
  return FIELD_OF.get(columnKey(name))
}

/** Returns the fields that a header names, each once. */
export function fieldsNamed(header: readonly string[]): Field[] {
  return [...new Set(header.map(fieldOf).filter((field) => field !== undefined))]
}

/** Positions of the columns that may hold each field, from 0. */
export type Candidates = Readonly<Record<Field, readonly number[]>>

/** Returns the candidate columns of each field. */
export function candidatesIn(header: readonly string[]): Candidates {
  const fields = header.map(fieldOf)
  const positions = (field: Field): number[] => fields.flatMap((found, at) => (found === field ? [at] : []))
  return Object.fromEntries(FIELDS.map((field) => [field, positions(field)])) as Record<Field, number[]>
}

/**
 * Returns whether a name is one that pandas writes for row labels: a counter, or the date where the label has no
 * name.
 */
export function isIndexName(name: string): boolean {
  return /^(|index|unnamed:\d+)$/.test(columnKey(name))
}
