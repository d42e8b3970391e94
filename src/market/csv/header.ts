/**
 * Column names of bar files: Korean, English, and those of vendors' APIs. Names are compared without case, spaces,
 * underscores, full stops and numbering, so `Trade_Date` equals `trade date` and Alpha Vantage's `1. open` equals `open`.
 */

export const FIELDS = ['date', 'open', 'high', 'low', 'close', 'volume', 'symbol'] as const
export type Field = (typeof FIELDS)[number]
/** Fields that every row must have; the symbol may come from elsewhere. */
export const REQUIRED_FIELDS = ['date', 'open', 'high', 'low', 'close', 'volume'] as const

// An adjusted close is left out on purpose: open, high and low are unadjusted, and a bar must not mix both.
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  date: [
    ...['date', 'dt', 'datetime', 'tradedate', 'tradingdate', 'day', 'session', 'trddd', 'basdd', 'basdt'],
    ...[
      '날짜',
      '일자',
      '거래일',
      '거래일자',
      '기준일',
      '기준일자',
      '매매일',
      '매매일자',
      '영업일자',
      '년/월/일',
      '년월일',
    ],
    'stckbsopdate',
  ],
  open: [
    ...['open', 'openprice', 'openpric', 'openingprice', 'opnprcidx', 'opnprc', 'tddopnprc', 'stckoprc'],
    ...['bstpnmixoprc', 'openjisu', 'mkp', '시가', '시초가', '시가지수', '오픈'],
  ],
  high: [
    ...['high', 'highprice', 'highpric', 'hgprcidx', 'hgprc', 'tddhgprc', 'stckhgpr', 'hipr'],
    ...['bstpnmixhgpr', 'highjisu', '고가', '최고가', '고가지수'],
  ],
  low: [
    ...['low', 'lowprice', 'lowpric', 'lwprcidx', 'lwprc', 'tddlwprc', 'stcklwpr', 'lopr'],
    ...['bstpnmixlwpr', 'lowjisu', '저가', '최저가', '저가지수'],
  ],
  close: [
    ...['close', 'closeprice', 'closingprice', 'closepric', 'close/last', 'last', 'price', 'curprc'],
    ...['clsprcidx', 'clsprc', 'tddclsprc', 'stckclpr', 'clpr', 'bstpnmixprpr', 'jisu'],
    ...['종가', '현재가', '종가지수'],
  ],
  volume: [
    ...['volume', 'vol', 'volume(shares)', 'tradingvolume', 'trdeqty', 'acctrdvol', 'acmlvol', 'trqu'],
    ...['jdiffvol', '거래량', '거래량(주)', '누적거래량', '거래량(천주)'],
  ],
  symbol: [
    ...['symbol', 'ticker', 'code', 'stockcode', 'stkcd', 'isusrtcd', 'srtncd', 'shcode', 'stckshrniscd'],
    ...['종목코드', '단축코드', '종목', '티커'],
  ],
}

/** Names of columns that count only where no other column is of their field. */
const LESSER_NAMES: Readonly<Partial<Record<Field, readonly (readonly string[])[]>>> = {
  date: [['time', 'timestamp', '일시']],
  // Full codes, then names. KRX's files have the short code beside both.
  symbol: [
    ['isucd', 'isin', '표준코드'],
    ['종목명', '한글종목명', 'isunm', 'itmsnm', 'hname', '지수명', 'idxnm'],
  ],
}

const FIELD_OF = new Map(FIELDS.flatMap((field) => NAMES[field].map((name) => [name, field] as const)))

/** Returns a column's name in the form in which names are compared. NFKC, because macOS decomposes Hangul and
 * spreadsheets have full-width letters. */
export function columnKey(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^\s*\d+\.\s+(?=[a-z])/, '')
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
  const keys = header.map(columnKey)
  const positions = (field: Field): number[] => {
    const own = fields.flatMap((found, at) => (found === field ? [at] : []))
    if (own.length > 0) return own
    const groups = LESSER_NAMES[field] ?? []
    return (
      groups
        .map((names) => keys.flatMap((key, at) => (names.includes(key) ? [at] : [])))
        .find((found) => found.length > 0) ?? []
    )
  }
  return Object.fromEntries(FIELDS.map((field) => [field, positions(field)])) as Record<Field, number[]>
}

/**
 * Returns whether a name is one that pandas writes for row labels: a counter, or the date where the label has no
 * name.
 */
export function isIndexName(name: string): boolean {
  return /^(|index|unnamed:\d+|indexlevel\d+)$/.test(columnKey(name))
}

/** Returns whether a column names symbols by their names instead of codes. */
export function isNameColumn(name: string): boolean {
  return LESSER_NAMES.symbol?.at(-1)?.includes(columnKey(name)) ?? false
}
