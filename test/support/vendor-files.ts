/**
 * Expectations for each real file of ../shared/data: what is read, and what an empty database then stores.
 * docs/data-in.md shows them as a table, one row a file.
 */

export interface VendorFile {
  readonly path: string
  readonly symbol: string | undefined
  readonly format: string
  readonly rows: number
  readonly first: string
  readonly last: string
  /** A row copied by hand from the file's text: session, open, high, low, close, volume in shares, its step. */
  readonly bar: readonly [string, number, number, number, number, number, number]
  /** Bars stored, flagged, rows dropped, and rows rejected where they are left out; as the table writes them. */
  readonly became: readonly [string, string, string, string]
}

const index = (path: string, rest: Omit<VendorFile, 'path' | 'symbol'>): VendorFile => ({
  path: `index/${path}`,
  symbol: 'KOSPI',
  ...rest,
})
const share = (path: string, rest: Omit<VendorFile, 'path' | 'symbol'>): VendorFile => ({
  path: `stocks/${path}`,
  symbol: '005930',
  ...rest,
})

export const VENDOR_FILES: readonly VendorFile[] = [
  index('dotted-dates_1981-2022.csv', {
    format: 'plain table',
    rows: 11_024,
    first: '1981-05-01',
    last: '2022-08-31',
    became: ['11,015', '1 OUTLIER, 5,175 UNCHECKED', '1 HOLIDAY_REPEAT', '3 CONTRADICTORY, 5 VOLUME_SCALE'],
    bar: ['2022-08-29', 2432.06, 2432.89, 2417.01, 2426.89, 448_750_000, 1],
  }),
  index('investing-english_1991-2019.csv', {
    format: 'Investing.com',
    rows: 7_288,
    first: '1991-06-22',
    last: '2019-07-22',
    became: ['7,283', '1 OUTLIER, 2,208 UNCHECKED', '1 HOLIDAY_REPEAT', '3 CONTRADICTORY, 1 VOLUME_SCALE'],
    bar: ['2019-07-19', 2080.21, 2096.73, 2076.51, 2094.36, 394_900_000, 10_000],
  }),
  index('investing-korean_2015-2026.csv', {
    format: 'Investing.com',
    rows: 2_635,
    first: '2015-08-31',
    last: '2026-05-27',
    became: ['2,630', '0', '2 HOLIDAY_REPEAT', '3 VOLUME_SCALE'],
    bar: ['2015-08-31', 1934.12, 1941.49, 1925.52, 1941.49, 350_940_000, 10_000],
  }),
  index('krx-json-cp949_2015-2023.csv', {
    format: 'KRX interface',
    rows: 2_040,
    first: '2015-01-02',
    last: '2023-04-13',
    became: ['2,040', '0', '0', '0'],
    bar: ['2015-01-02', 1914.24, 1929.15, 1909.67, 1926.44, 258_775_885, 1],
  }),
  index('krx-portal-cp949_2021-2022.csv', {
    format: 'KRX portal',
    rows: 245,
    first: '2021-09-17',
    last: '2022-09-19',
    became: ['245', '0', '0', '0'],
    bar: ['2022-09-19', 2388.73, 2389.85, 2356.99, 2360.43, 226_042_000, 1_000],
  }),
  index('pykrx-korean-headers_2010-2021.csv', {
    format: 'pykrx',
    rows: 2_955,
    first: '2010-01-04',
    last: '2021-12-21',
    became: ['2,955', '0', '0', '0'],
    bar: ['2010-01-04', 1681.71, 1696.14, 1681.71, 1696.14, 296_547_959, 1],
  }),
  index('pykrx_2020-2026.csv', {
    format: 'pykrx',
    rows: 1_530,
    first: '2020-01-02',
    last: '2026-03-27',
    became: ['1,530', '0', '0', '0'],
    bar: ['2026-03-27', 5300.61, 5462.51, 5220.1, 5438.87, 900_080_937, 1],
  }),
  index('thousands-separators_2001-2019.csv', {
    format: 'FinanceDataReader',
    rows: 4_695,
    first: '2001-01-02',
    last: '2019-12-30',
    became: ['4,695', '1 OUTLIER', '0', '0'],
    bar: ['2019-12-30', 2202.62, 2208.04, 2195.65, 2197.67, 416_403_000, 1_000],
  }),
  index('yahoo-dmy-dates_1997-2019.csv', {
    format: 'Yahoo Finance',
    rows: 5_346,
    first: '1997-07-01',
    last: '2019-03-15',
    became: ['5,340', '4 OUTLIER, 220 NO_VOLUME, 367 UNCHECKED', '2 HOLIDAY_REPEAT', '4 VOLUME_SCALE'],
    bar: ['2019-03-13', 2152.659912, 2154.110107, 2134.159912, 2148.409912, 285_600_000, 100_000],
  }),
  index('yahoo_1996-2023.csv', {
    format: 'Yahoo Finance',
    rows: 6_572,
    first: '1996-12-11',
    last: '2023-01-02',
    became: ['6,423', '1 OUTLIER, 501 UNCHECKED', '149 NULL_ROW', '0'],
    bar: ['2023-01-02', 2249.949951, 2259.879883, 2222.370117, 2225.669922, 346_344_000, 1_000],
  }),
  {
    path: 'index/yfinance-multiheader_2025-2026.csv',
    symbol: undefined,
    format: 'yfinance',
    rows: 118,
    first: '2025-09-08',
    last: '2026-03-06',
    became: ['118', '0', '0', '0'],
    bar: [
      ...(['2025-09-08', 3209.81005859375, 3221.139892578125, 3206.340087890625] as const),
      ...([3219.590087890625, 372_300_000, 100_000] as const),
    ],
  },
  index('yfinance-zero-ohl-tail_2020-2023.csv', {
    format: 'Yahoo Finance',
    rows: 887,
    first: '2020-01-02',
    last: '2023-08-03',
    became: ['886', '0', '1 UNFINISHED', '0'],
    bar: ['2023-08-03', 0, 0, 0, 2605.389892578125, 0, 1_000],
  }),
  share('fdr_005930_2000-2024.csv', {
    format: 'FinanceDataReader',
    rows: 6_000,
    first: '2000-08-25',
    last: '2024-12-16',
    became: ['6,000', '3 HALT, 1 OUTLIER, 33 ROUNDED', '0', '0'],
    bar: ['2024-12-16', 56300, 56600, 55600, 55600, 8_615_465, 1],
  }),
  share('kiwoom_005930_1985-2026.csv', {
    format: 'Kiwoom',
    rows: 10_773,
    first: '1985-01-04',
    last: '2026-01-23',
    became: ['10,773', '4 HALT, 1 LIMIT, 1 OUTLIER, 4,099 UNCHECKED, 1 BREAK', '0', '0'],
    bar: ['2026-01-21', 141900, 149800, 141800, 149500, 31_703_610, 1],
  }),
  share('naver_005930_2025.csv', {
    format: 'Naver Finance',
    rows: 20,
    first: '2025-01-15',
    last: '2025-02-17',
    became: ['20', '0', '0', '0'],
    bar: ['2025-01-16', 54200, 55000, 54100, 54300, 18_627_298, 1],
  }),
  share('pykrx-duplicate-date_005930_2018-2021.csv', {
    format: 'pykrx',
    rows: 980,
    first: '2018-01-02',
    last: '2021-12-21',
    became: ['978', '3 HALT, 1 OUTLIER', '0', '2 DUPLICATE_SESSION'],
    bar: ['2018-01-03', 52540, 52560, 51420, 51620, 200_270, 1],
  }),
  share('yahoo_005930.KS_2000-2022.csv', {
    format: 'Yahoo Finance',
    rows: 5_604,
    first: '2000-01-04',
    last: '2022-04-26',
    became: ['5,505', '29 HALT, 1 OUTLIER', '97 HOLIDAY_REPEAT', '2 CLOSED_DAY'],
    bar: ['2000-01-05', 5800, 6060, 5520, 5580, 74_680_000, 1],
  }),
  {
    path: 'seed/kospi.csv',
    symbol: 'KOSPI',
    format: 'Yahoo Finance',
    rows: 431,
    first: '2019-01-30',
    last: '2020-10-30',
    became: ['431', '0', '0', '0'],
    bar: ['2019-01-30', 2183.48999, 2206.199951, 2177.879883, 2206.199951, 480_400_000, 100_000],
  },
  {
    path: 'seed/kospi_zero-volume-tail.csv',
    symbol: 'KOSPI',
    format: 'Yahoo Finance',
    rows: 431,
    first: '2019-01-30',
    last: '2020-10-30',
    became: ['431', '1 NO_VOLUME', '0', '0'],
    bar: ['2020-10-30', 2319.560059, 2320.199951, 2266.929932, 2267.149902, 0, 1_000],
  },
  {
    path: 'universe/krx_daily_2023-2025.csv.gz',
    symbol: undefined,
    format: 'plain table',
    rows: 494_099,
    first: '2023-12-05',
    last: '2025-06-17',
    became: ['494,095', '19,361 HALT, 20 LIMIT, 2,259 OUTLIER, 33 ROUNDED, 18 BREAK', '0', '4 CONTRADICTORY'],
    bar: ['2023-12-05', 1481, 1518, 1452, 1485, 99_064, 1],
  },
]

/** Files that must be refused, and the start of the message. */
export const REFUSED_FILES: readonly { readonly path: string; readonly says: string }[] = [
  { path: 'refuse/minute-ticks.csv', says: 'holds trades or minutes, not daily bars' },
  { path: 'refuse/monthly-bars.csv', says: 'holds monthly bars, not daily ones' },
  { path: 'refuse/no-open.csv', says: 'has no column for open' },
  { path: 'refuse/no-volume.csv', says: 'has no column for volume' },
  { path: 'refuse/ticker-master-cp949.csv', says: 'is a list of symbols, not of bars' },
]
