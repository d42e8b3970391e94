/**
 * The known formats of bar files: the columns that identify each, and the volume unit and price basis assumed for it.
 * No file states them. docs/data-in.md shows this table; a test compares the two.
 */
import { UNKNOWN_BASIS } from '../domain/bars/price-basis.js'
import type { PriceBasis } from '../domain/bars/price-basis.js'
import { columnKey } from './csv/header.js'
import type { PriceSign, VolumeUnit } from './csv/number-text.js'
import { KRX_BASIS, NAVER_BASIS, YAHOO_BASIS } from './vendor-basis.js'

/** Vendors count the volume of indices in another unit than that of everything else. */
export type UnitGroup = 'INDEX' | 'OTHER'

export interface Format {
  readonly name: string
  /** Program or site that writes such files. */
  readonly writtenBy: string
  /** The identifying columns, as docs/data-in.md shows them. */
  readonly recognisedBy: string
  recognises(header: Header): boolean
  /** The assumed volume unit, which an option can override; undefined where files of the format have either. */
  readonly volumeUnit: Readonly<Record<UnitGroup, VolumeUnit | undefined>>
  /** Whether the unit of an index is only a guess, which evidence overrules; else a contradiction is refused. */
  readonly isUnitGuessed?: true
  readonly priceSign: PriceSign
  /** The hours that its bars cover and what they are adjusted for; options can override it. */
  readonly basis: PriceBasis
}

interface Header {
  /** Names as {@link columnKey} makes them, in the file's order. */
  readonly keys: readonly string[]
  /** Whether two more header lines follow the first: tickers, then Date. */
  readonly threeLines: boolean
}

const IN_SHARES = { INDEX: 'shares', OTHER: 'shares' } as const
/** By release and source, FinanceDataReader's index files count either. */
const UNIT_OF_INDEX_OPEN = { INDEX: undefined, OTHER: 'shares' } as const
const INDEX_IN_THOUSANDS = { INDEX: 'thousands', OTHER: 'shares' } as const

/** In order of precedence: the first format that recognises a header is used; the last recognises every header. */
export const FORMATS: readonly Format[] = [
  {
    name: 'yfinance',
    writtenBy: 'yfinance.download(…).to_csv()',
    recognisedBy: 'three header lines: Price, Ticker, Date',
    recognises: ({ threeLines }) => threeLines,
    volumeUnit: INDEX_IN_THOUSANDS,
    priceSign: 'value',
    basis: YAHOO_BASIS,
  },
  {
    name: 'Yahoo Finance',
    writtenBy: 'Yahoo Finance, yfinance with one header line',
    recognisedBy: 'Adj Close, or Dividends and Stock Splits',
    recognises: ({ keys }) => has(keys, 'adjclose') || has(keys, 'dividends', 'stocksplits'),
    volumeUnit: INDEX_IN_THOUSANDS,
    priceSign: 'value',
    basis: YAHOO_BASIS,
  },
  {
    name: 'Kiwoom',
    writtenBy: "Kiwoom's REST interface",
    recognisedBy: 'cur_prc and trde_qty',
    recognises: ({ keys }) => has(keys, 'curprc', 'trdeqty'),
    volumeUnit: UNIT_OF_INDEX_OPEN,
    priceSign: 'direction',
    basis: UNKNOWN_BASIS,
  },
  {
    name: 'Kiwoom OpenAPI+',
    writtenBy: "Kiwoom's OpenAPI+, daily charts",
    recognisedBy: '일자 and 현재가 beside 시가',
    recognises: ({ keys }) => has(keys, '일자', '현재가', '시가'),
    volumeUnit: UNIT_OF_INDEX_OPEN,
    priceSign: 'direction',
    basis: UNKNOWN_BASIS,
  },
  {
    name: 'KIS',
    writtenBy: "Korea Investment's REST interface",
    recognisedBy: 'stck_bsop_date',
    recognises: ({ keys }) => has(keys, 'stckbsopdate'),
    volumeUnit: UNIT_OF_INDEX_OPEN,
    priceSign: 'value',
    basis: UNKNOWN_BASIS,
  },
  {
    name: 'LS Securities',
    writtenBy: "LS Securities' (eBest's) interface",
    recognisedBy: 'jdiff_vol, or jisu and openjisu',
    recognises: ({ keys }) => has(keys, 'jdiffvol') || has(keys, 'jisu', 'openjisu'),
    volumeUnit: UNIT_OF_INDEX_OPEN,
    priceSign: 'value',
    basis: UNKNOWN_BASIS,
  },
  {
    name: 'KRX interface',
    writtenBy: 'data.krx.co.kr JSON, kept as a table, and the Open API',
    recognisedBy: 'OPNPRC_IDX or TDD_OPNPRC',
    recognises: ({ keys }) => has(keys, 'opnprcidx') || has(keys, 'tddopnprc'),
    volumeUnit: IN_SHARES,
    priceSign: 'value',
    basis: KRX_BASIS,
  },
  {
    name: 'KRX portal',
    writtenBy: 'data.krx.co.kr, downloaded as CSV',
    recognisedBy: '대비 and 등락률, beside 일자 or 종목코드',
    recognises: ({ keys }) => has(keys, '대비', '등락률') && (has(keys, '일자') || has(keys, '종목코드')),
    volumeUnit: INDEX_IN_THOUSANDS,
    priceSign: 'value',
    basis: KRX_BASIS,
  },
  {
    name: 'Investing.com',
    writtenBy: 'Investing.com, Korean or English',
    recognisedBy: 'Change % or 변동 %',
    recognises: ({ keys }) => has(keys, 'change%') || has(keys, '변동%'),
    volumeUnit: IN_SHARES,
    priceSign: 'value',
    basis: UNKNOWN_BASIS,
  },
  {
    name: 'Naver Finance',
    writtenBy: 'tables of finance.naver.com',
    recognisedBy: '날짜 and 전일비',
    recognises: ({ keys }) => has(keys, '날짜', '전일비'),
    volumeUnit: INDEX_IN_THOUSANDS,
    priceSign: 'value',
    basis: NAVER_BASIS,
  },
  {
    name: 'FinanceDataReader',
    writtenBy: 'FinanceDataReader.DataReader(…).to_csv()',
    recognisedBy: 'Change or Changes beside Open',
    recognises: ({ keys }) => has(keys, 'open', 'change') || has(keys, 'open', 'changes'),
    volumeUnit: UNIT_OF_INDEX_OPEN,
    priceSign: 'value',
    basis: UNKNOWN_BASIS,
  },
  {
    name: 'pykrx',
    writtenBy: 'pykrx',
    recognisedBy: '날짜 or 티커, 시가, 고가, 저가, 종가, 거래량 in this order, or DATE … VOLUME, VALUE',
    recognises: ({ keys }) =>
      has(keys, 'date', 'open', 'high', 'low', 'close', 'volume', 'value') ||
      /(날짜|티커),시가,고가,저가,종가,거래량/.test(keys.join()),
    volumeUnit: IN_SHARES,
    priceSign: 'value',
    basis: UNKNOWN_BASIS,
  },
  {
    name: 'plain table',
    writtenBy: 'anybody',
    recognisedBy: 'columns that are known by name, or given with --columns',
    recognises: () => true,
    volumeUnit: IN_SHARES,
    isUnitGuessed: true,
    priceSign: 'value',
    basis: UNKNOWN_BASIS,
  },
]

/**
 * Returns the format of a header.
 * @param columns the header's names as the file writes them
 * @param threeLines whether the header has yfinance's three lines
 */
export function recogniseFormat(columns: readonly string[], threeLines: boolean): Format {
  const header = { keys: columns.map(columnKey), threeLines }
  const format = FORMATS.find((one) => one.recognises(header))
  if (!format) throw new Error('the last format takes every header')
  return format
}

function has(keys: readonly string[], ...names: readonly string[]): boolean {
  return names.every((name) => keys.includes(name))
}
