/**
 * Shapes of files that vendors, programs and people write, made up for tests: what each holds, and what it becomes.
 * docs/file-shapes.md shows them as a table, one row a shape.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { BarFileOptions } from '../../src/market/csv/bar-file.js'

export interface FileShape {
  readonly name: string
  readonly content: string | Buffer
  /** Options of `kospigraph ingest`, as a user writes them. */
  readonly flags: string
  readonly options: BarFileOptions
  /** Format, rows stored, flagged, dropped and rejected; or the error that refuses the file. */
  readonly becomes: readonly [string, string, string, string, string] | { readonly refused: string }
}

const ROOT = path.resolve(import.meta.dirname, '../../..')
const fixture = (name: string): Buffer => readFileSync(path.join(ROOT, 'test/fixtures/files', name))

/** Samsung Electronics' three sessions in whole won: date, open, high, low, close, volume. */
const SHARE = [
  ['2024-06-03', 73_900, 75_800, 73_900, 75_700, 16_543_210],
  ['2024-06-04', 75_100, 76_200, 75_000, 75_300, 13_245_678],
  ['2024-06-05', 76_300, 77_500, 76_200, 77_400, 19_876_543],
] as const
/** KOSPI's, with volumes in shares. */
const INDEX = [
  ['2024-06-03', 2_660.1, 2_690.2, 2_655.3, 2_682.5, 367_542_000],
  ['2024-06-04', 2_680.3, 2_683.9, 2_660.4, 2_662.1, 480_400_000],
  ['2024-06-05', 2_670.2, 2_693.8, 2_668.7, 2_689.5, 433_100_000],
] as const
type Row = (typeof SHARE | typeof INDEX)[number]

function lines(header: string, rows: readonly Row[], write: (row: Row) => string, end = '\n'): string {
  return [header, ...rows.map(write), ''].join(end)
}
const ofShare = (header: string, write: (row: Row) => string, end?: string): string =>
  lines(header, SHARE, write, end)
const ofIndex = (header: string, write: (row: Row) => string): string => lines(header, INDEX, write)
const plain = (row: Row): string => row.join(',')
const dated =
  (date: (iso: string) => string) =>
  ([iso, ...rest]: Row): string =>
    [date(iso), ...rest].join(',')
const compact = (iso: string): string => iso.replaceAll('-', '')
const seconds = (iso: string, utcHours: number): number =>
  Date.parse(`${iso}T00:00:00Z`) / 1_000 + utcHours * 3_600
const PLAIN = 'date,open,high,low,close,volume'
const KOREAN = '일자,시가,고가,저가,종가,거래량'

const OF_SHARE = { flags: '--symbol 005930', options: { symbol: '005930' } } as const
const OF_INDEX = { flags: '--symbol KOSPI', options: { symbol: 'KOSPI' } } as const
const ALONE = { flags: '', options: {} } as const
const stored = (format: string): FileShape['becomes'] => [format, '3', '0', '0', '0']
const whole = (
  name: string,
  becomes: string,
  content: string | Buffer,
  given = OF_SHARE as Given,
): FileShape => ({
  name,
  content,
  ...given,
  becomes: stored(becomes),
})
type Given = Pick<FileShape, 'flags' | 'options'>
const refused = (name: string, error: string, content: string, given: Given = OF_SHARE): FileShape => ({
  name,
  content,
  ...given,
  becomes: { refused: error },
})

const record = ([date, open, high, low, close, volume]: Row): Record<string, string | number> => ({
  date,
  open,
  high,
  low,
  close,
  volume,
})
const json = (value: unknown): string => JSON.stringify(value)
const kis = SHARE.map(([date, open, high, low, close, volume]) => ({
  stck_bsop_date: compact(date),
  stck_oprc: String(open),
  stck_hgpr: String(high),
  stck_lwpr: String(low),
  stck_clpr: String(close),
  acml_vol: String(volume),
}))
const openApi = SHARE.map(([date, open, high, low, close, volume]) => ({
  BAS_DD: compact(date),
  ISU_CD: '005930',
  ISU_NM: '삼성전자',
  MKT_NM: 'KOSPI',
  TDD_CLSPRC: String(close),
  FLUC_RT: '-',
  TDD_OPNPRC: String(open),
  TDD_HGPRC: String(high),
  TDD_LWPRC: String(low),
  ACC_TRDVOL: String(volume),
}))
const yahoo = {
  chart: {
    result: [
      {
        meta: { symbol: '005930.KS', gmtoffset: 32_400, dataGranularity: '1d' },
        timestamp: SHARE.map(([date]) => seconds(date, 0)),
        indicators: {
          quote: [
            {
              open: SHARE.map((row) => row[1]),
              high: SHARE.map((row) => row[2]),
              low: SHARE.map((row) => row[3]),
              close: SHARE.map((row) => row[4]),
              volume: SHARE.map((row) => row[5]),
            },
          ],
          adjclose: [{ adjclose: SHARE.map((row) => row[4] - 900) }],
        },
      },
    ],
    error: null,
  },
}
const byName = { '1. open': 1, '2. high': 2, '3. low': 3, '4. close': 4, '5. volume': 5 } as const
const alphaVantage = {
  'Meta Data': { '1. Information': 'Daily Prices', '2. Symbol': '005930.KS' },
  'Time Series (Daily)': Object.fromEntries(
    SHARE.map((row) => [
      row[0],
      Object.fromEntries(Object.entries(byName).map(([key, at]) => [key, String(row[at])])),
    ]),
  ),
}
const columns = ['Open', 'High', 'Low', 'Close', 'Volume']
const split = {
  columns,
  index: SHARE.map(([date]) => seconds(date, 0) * 1_000),
  data: SHARE.map((row) => row.slice(1)),
}
const orientColumns = Object.fromEntries(
  columns.map((name, at) => [name, Object.fromEntries(SHARE.map((row) => [row[0], row[at + 1]]))]),
)
/** An adjusted history whose closes lie one won outside, as division by a split's ratio leaves them. */
const adjusted = Array.from({ length: 60 }, (_, at) => {
  const day = new Date(Date.UTC(2024, 0, 2 + at)).toISOString().slice(0, 10)
  return `${day},3900,3920,3880,${at % 20 === 7 ? 3_921 : 3_900},1000${at}`
}).filter((line) => ![0, 6].includes(new Date(line.slice(0, 10)).getUTCDay()))

/** Shapes that are read without an option but the symbol. */
const READ: readonly FileShape[] = [
  whole('plain English names', 'plain table', ofShare(PLAIN, plain)),
  whole(
    'GOOGLEFINANCE, Korean times',
    'plain table',
    ofShare(
      'Date,Open,High,Low,Close,Volume',
      dated((iso) => `${iso.slice(0, 4)}. ${Number(iso.slice(5, 7))}. ${Number(iso.slice(8))} 오후 3:30:00`),
    ),
  ),
  whole(
    'GOOGLEFINANCE, English times',
    'plain table',
    ofShare(
      'Date,Open,High,Low,Close,Volume',
      dated((iso) => `${Number(iso.slice(5, 7))}/${Number(iso.slice(8))}/${iso.slice(0, 4)} 15:30:00`),
    ),
    { flags: '--symbol 005930 --date-order MDY', options: { symbol: '005930', dateOrder: 'MDY' } },
  ),
  whole(
    'Investing.com with 오픈',
    'Investing.com',
    ofIndex(
      '"날짜","종가","오픈","고가","저가","거래량","변동 %"',
      ([date, open, high, low, close, volume]) =>
        `"${date.slice(0, 4)}년 ${date.slice(5, 7)}월 ${date.slice(8)}일","${close}","${open}","${high}","${low}","${volume / 1e6}M","0.1%"`,
    ),
    OF_INDEX,
  ),
  whole(
    '년/월/일 as a column',
    'plain table',
    ofShare(
      '년/월/일,시가,고가,저가,종가,거래량',
      dated((iso) => iso.replaceAll('-', '/')),
    ),
  ),
  whole(
    'columns 년, 월, 일',
    'plain table',
    ofShare('년,월,일,시가,고가,저가,종가,거래량', ([iso, ...rest]) =>
      [...iso.split('-').map(Number), ...rest].join(','),
    ),
  ),
  whole(
    'columns year, month, day',
    'plain table',
    ofShare('year,month,day,open,high,low,close,volume', ([iso, ...rest]) =>
      [...iso.split('-'), ...rest].join(','),
    ),
  ),
  whole(
    'title lines above the header',
    'plain table',
    `삼성전자 (005930) 일별 시세\n조회기간: 2024-06-03 ~ 2024-06-05\n\n${ofShare(KOREAN, plain)}`,
  ),
  whole(
    'KIS, as a table',
    'KIS',
    ofShare('stck_bsop_date,stck_oprc,stck_hgpr,stck_lwpr,stck_clpr,acml_vol', dated(compact)),
  ),
  whole(
    'LS (eBest), shares',
    'LS Securities',
    ofShare('date,open,high,low,close,jdiff_vol,value', dated(compact)),
  ),
  whole(
    'LS (eBest), an index in thousands',
    'LS Securities',
    ofIndex('date,jisu,openjisu,highjisu,lowjisu,volume', ([date, open, high, low, close, volume]) =>
      [compact(date), close, open, high, low, volume / 1_000].join(','),
    ),
    OF_INDEX,
  ),
  whole(
    'KRX Open API, as a table',
    'KRX interface',
    [Object.keys(openApi[0] ?? {}).join(','), ...openApi.map((row) => Object.values(row).join(','))].join(
      '\n',
    ),
    ALONE,
  ),
  whole(
    'TradingView, seconds since 1970',
    'plain table',
    ofShare(
      'time,open,high,low,close,Volume',
      dated((iso) => String(seconds(iso, 0))),
    ),
  ),
  whole(
    'TradingView, ISO instants',
    'plain table',
    ofShare(
      'time,open,high,low,close,Volume',
      dated((iso) => `${iso}T09:00:00+09:00`),
    ),
  ),
  whole('Alpha Vantage, as CSV', 'plain table', ofShare('timestamp,open,high,low,close,volume', plain)),
  whole(
    'Kiwoom OpenAPI+, signed',
    'Kiwoom OpenAPI+',
    ofShare('일자,현재가,시가,고가,저가,거래량', ([date, open, high, low, close, volume]) =>
      [compact(date), `-${close}`, `+${open}`, `+${high}`, `-${low}`, volume].join(','),
    ),
  ),
  whole(
    'hard spaces and full-width digits',
    'plain table',
    ofShare(KOREAN, ([iso, open, ...rest]) =>
      [
        `\u00a0${iso}`,
        String(open).replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
        ...rest,
      ].join(','),
    ),
    OF_SHARE,
  ),
  whole(
    'a weekday after the date',
    'plain table',
    ofShare(
      KOREAN,
      dated((iso) => `${iso}(${'월화수'.charAt(Number(iso.slice(8)) - 3)})`),
    ),
  ),
  whole(
    "a session's end as time",
    'plain table',
    ofShare(
      PLAIN,
      dated((iso) => `${iso} 15:30:00`),
    ),
  ),
  whole(
    'midnight in Korea, written in UTC',
    'plain table',
    ofShare(
      PLAIN,
      dated((iso) => new Date(Date.parse(`${iso}T00:00:00+09:00`)).toISOString()),
    ),
  ),
  whole(
    'milliseconds since 1970',
    'plain table',
    ofShare(
      PLAIN,
      dated((iso) => String(seconds(iso, 0) * 1_000)),
    ),
  ),
  whole(
    'CRLF mixed with LF',
    'plain table',
    ofShare(PLAIN, plain, '\r\n').replace('13245678\r\n', '13245678\n'),
  ),
  whole(
    'float noise in volumes',
    'plain table',
    ofShare(PLAIN, (row) => `${row.slice(0, 5).join(',')},${row[5]}.00000003`),
  ),
  whole(
    'ISINs as symbols',
    'plain table',
    ofShare(`isin,${PLAIN}`, (row) => `KR7005930003,${plain(row)}`),
    ALONE,
  ),
  whole(
    "FinanceDataReader's index columns in shares",
    'FinanceDataReader',
    ofIndex('Date,Close,Open,High,Low,Volume,Change', ([date, open, high, low, close, volume]) =>
      [date, close, open, high, low, volume, 0.01].join(','),
    ),
    OF_INDEX,
  ),
  whole(
    'a plain table of an index in thousands',
    'plain table',
    ofIndex(PLAIN, (row) => `${row.slice(0, 5).join(',')},${row[5] / 1_000}`),
    OF_INDEX,
  ),
  whole('JSON: Yahoo chart', 'Yahoo Finance', json(yahoo), ALONE),
  whole(
    'JSON: KIS output2',
    'KIS',
    json({ rt_cd: '0', output1: { stck_shrn_iscd: '005930', stck_prpr: '77400' }, output2: kis }),
    ALONE,
  ),
  whole('JSON: KRX OutBlock_1', 'KRX interface', json({ OutBlock_1: openApi }), ALONE),
  whole('JSON: Alpha Vantage', 'plain table', json(alphaVantage), ALONE),
  whole('JSON: array of records', 'plain table', json(SHARE.map(record))),
  whole('JSON: array of rows with a header', 'plain table', json([PLAIN.split(','), ...SHARE])),
  whole('JSON: pandas split', 'plain table', json(split)),
  whole('JSON: pandas columns', 'plain table', json(orientColumns)),
  whole(
    'JSON: lists by column',
    'plain table',
    json(Object.fromEntries(PLAIN.split(',').map((name, at) => [name, SHARE.map((row) => row[at])]))),
  ),
  whole('JSON: lines of records', 'plain table', SHARE.map((row) => json(record(row))).join('\n')),
  whole('Excel workbook of pandas', 'plain table', fixture('pandas.xlsx')),
  whole('Excel workbook, second sheet, title rows', 'plain table', fixture('titled.xlsx')),
  whole('Parquet of pandas', 'plain table', fixture('pandas.parquet')),
]

const WITH_OPTIONS: readonly FileShape[] = [
  {
    name: 'KRX, the whole market of one session',
    content:
      '종목코드,종목명,종가,대비,등락률,시가,고가,저가,거래량\n005930,삼성전자,75700,2200,2.99,73900,75800,73900,16543210\n000660,SK하이닉스,194000,0,0.00,0,0,0,0\n',
    flags: '--session 2024-06-03',
    options: { session: '2024-06-03' as never },
    becomes: ['KRX portal', '2', '1 HALT', '0', '0'],
  },
  {
    name: 'a long table by share name',
    content: ofShare(`종목명,${KOREAN}`, (row) => `삼성전자,${plain(row)}`),
    flags: 'after importing a symbol master',
    options: { resolveName: (name) => (name === '삼성전자' ? '005930' : undefined) },
    becomes: stored('plain table'),
  },
  {
    name: 'a header below a table of other names',
    content: `시가,총액\n1,2\n${ofShare(KOREAN, plain)}`,
    flags: '--symbol 005930 --skip-lines 2',
    options: { symbol: '005930', skipLines: 2 },
    becomes: stored('plain table'),
  },
]

const DIRTY: readonly FileShape[] = [
  {
    name: 'zeros on a closed day',
    content: `${ofShare(PLAIN, plain)}2024-06-06,0,0,0,0,0\n`,
    ...OF_SHARE,
    becomes: ['plain table', '3', '0', '1 NULL_ROW', '0'],
  },
  {
    name: "Investing.com's newest row a thousand times too small",
    content: ofIndex('Date,Price,Open,High,Low,Vol.,Change %', ([date, open, high, low, close, volume]) =>
      [
        date,
        close,
        open,
        high,
        low,
        date.endsWith('05') ? `${volume / 1e6}K` : `${volume / 1e6}M`,
        '0.1%',
      ].join(','),
    ).replace(
      /$/,
      [6, 7, 10, 11, 12, 13, 14, 17]
        .map((day) =>
          day === 6
            ? ''
            : `2024-06-${String(day).padStart(2, '0')},2682.5,2660.1,2690.2,2655.3,400.00M,0.1%\n`,
        )
        .join(''),
    ),
    ...OF_INDEX,
    becomes: ['Investing.com', '9', '0', '0', '1 VOLUME_SCALE'],
  },
  {
    name: 'a long adjusted history with closes one won outside',
    content: `${PLAIN}\n${adjusted.join('\n')}\n`,
    ...OF_SHARE,
    becomes: ['plain table', '41', '2 ROUNDED', '3 HOLIDAY_REPEAT', '0'],
  },
]

const REFUSED: readonly FileShape[] = [
  refused(
    "Yahoo's volumes under the names of pykrx",
    'contradicts its volume unit, shares, as the format pykrx assumes',
    ofIndex('날짜,시가,고가,저가,종가,거래량', (row) => `${row.slice(0, 5).join(',')},${row[5] / 1_000}`),
    OF_INDEX,
  ),
  refused(
    'a whole market without its date',
    'has no date: its first line reads',
    '종목코드,종가,대비,등락률,시가,고가,저가,거래량\n005930,75700,0,0,73900,75800,73900,1\n',
    ALONE,
  ),
  refused(
    'half hours',
    'holds trades or minutes, not daily bars',
    ofShare(
      PLAIN,
      dated((iso) => `${iso} 09:30`),
    ),
  ),
  refused(
    'minutes by seconds since 1970',
    'holds trades or minutes, not daily bars',
    ofShare(
      'time,open,high,low,close,Volume',
      dated((iso) => String(seconds(iso, 0) + 60)),
    ),
  ),
  refused('JSON without bars', 'is JSON without a table of bars', '{"message": "limit reached"}'),
  refused(
    'JSON: weekly chart of Yahoo',
    'holds bars of 1wk, not daily ones',
    json(yahoo).replace('"1d"', '"1wk"'),
    ALONE,
  ),
  refused(
    'JSON: a chart of New York',
    'is of an exchange -14400 seconds from UTC',
    json(yahoo).replace('32400', '-14400'),
    ALONE,
  ),
  refused(
    'JSON: two tables of bars',
    'holds 2 tables of bars (a, b); keep one',
    json({ a: SHARE.map(record), b: SHARE.map(record) }),
  ),
  refused(
    '--session for rows with dates',
    'has a date in every row; leave --session',
    ofShare(PLAIN, plain),
    {
      flags: '--symbol 005930 --session 2024-06-03',
      options: { symbol: '005930', session: '2024-06-03' as never },
    },
  ),
]

export const FILE_SHAPES: readonly FileShape[] = [...READ, ...WITH_OPTIONS, ...DIRTY, ...REFUSED]

/** The cells of a shape's row in the table. */
export function shapeCells({ name, flags, becomes }: FileShape): readonly string[] {
  return 'refused' in becomes
    ? [name, flags, 'refused', '', '', '', '', becomes.refused]
    : [name, flags, ...becomes, '']
}
