import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { RawBar } from '../../../../src/domain/bars/row-outcome.js'
import { openBarFile } from '../../../../src/market/csv/bar-file.js'
import type { BarFile, BarFileOptions } from '../../../../src/market/csv/bar-file.js'
import { parseColumnChoice } from '../../../../src/market/csv/column-choice.js'
import { createTestFolder } from '../../../support/database.js'

let folder: string
beforeAll(async () => {
  folder = await createTestFolder()
})

async function open(content: string | Buffer, options: BarFileOptions): Promise<BarFile> {
  const file = path.join(folder, `bars-${Math.random().toString(36).slice(2)}.csv`)
  await writeFile(file, content)
  return openBarFile(file, options)
}

async function rowsOf(source: BarFile): Promise<RawBar[]> {
  const rows: RawBar[] = []
  for await (const batch of source.batches) rows.push(...batch)
  return rows
}

async function read(
  content: string | Buffer,
  options: BarFileOptions = { symbol: 'KOSPI' },
): Promise<RawBar[]> {
  return rowsOf(await open(content, options))
}

const HEADER = 'date,open,high,low,close,volume\n'
const ROW = {
  row: 1,
  symbol: 'KOSPI',
  session: '2024-07-10',
  open: 1,
  high: 4,
  low: 0.5,
  close: 3,
  volume: 9,
  volumeStep: 1,
}
const LINE = '2024-07-10,1,4,0.5,3,9\n'
const KOREAN = `날짜,시가,고가,저가,종가,거래량\n${LINE}`
/** 날짜 and what follows of {@link KOREAN} up to the comma after 시가, in CP949. */
const CP949_START = Buffer.from([0xb3, 0xaf, 0xc2, 0xa5, 0x2c, 0xbd, 0xc3, 0xb0, 0xa1, 0x2c])

/** Rows on the given dates. */
function dated(...dates: readonly string[]): string {
  return `${HEADER}${dates.map((date) => `${date},1,4,0.5,3,9`).join('\n')}`
}

async function sessions(content: string, options?: BarFileOptions): Promise<string[]> {
  return (await read(content, options)).map(({ session }) => session)
}

describe('a file that is refused', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['an empty one', '', /is empty/],
    ['one of empty lines', '\n\n', /is empty/],
    ['a header alone', HEADER, /has a header line and no rows/],
    [
      'two columns of one name',
      'date,date,open,high,low,close,volume\n1,2,3,4,5,6,7\n',
      /two columns named "date"/,
    ],
    ['an open quote', `${HEADER}"2024-07-10,1\n`, /breaks off/],
    ['half a gzip', gzipSync(HEADER.repeat(99)).subarray(0, 40), /breaks off/],
    [
      'no volume',
      'date,open,high,low,close\n',
      /no column for volume: its first line reads "date,open,high,low,close"/,
    ],
    ['no known name', 'Tag,E,H,T,S,U\n', /no column for date, open, .*--columns date=<name or position>/],
    ['no names', LINE, /begins with a row.*--columns date=1,open=2/],
    ['Excel', Buffer.from('PK\x03\x04\x14\0[Content_Types].xml', 'latin1'), /Excel workbook that breaks off/],
    ['old Excel', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /Excel workbook \(\.xls\)/],
    ['zip', Buffer.from('PK\x03\x04\x14\0bars.csv', 'latin1'), /ZIP archive; unpack it first/],
    ['zeros', Buffer.alloc(64), /binary data/],
    ['HTML', ' <html><table></table>', /HTML.*export it as CSV/],
    ['JSON without bars', '[{"date": "2024-01-02"}]', /JSON without a table of bars/],
    ['half of a JSON document', '[{"date": "2024-01-02"', /JSON that cannot be parsed/],
    ['half of a Parquet file', Buffer.from('PAR1 and nothing else'), /Parquet file that cannot be read/],
    [
      'bytes of no encoding',
      Buffer.concat([Buffer.from(KOREAN), Buffer.from([0xff, 0xff])]),
      /neither UTF-8 nor CP949/,
    ],
    ['minutes without dates', '체결시각,체결가,거래량\n09:00,1,2\n', /trades or minutes.*체결시각.*09:00/],
    ['minutes with dates', dated('2024-01-02 09:01', '2024-01-02 09:02'), /trades or minutes/],
    [
      'half hours',
      dated('2024-01-02 09:00', '2024-01-02 09:30', '2024-01-02 10:00', '2024-01-02 10:30'),
      /trades or minutes/,
    ],
    ['a list of symbols', '단축코드,종목명\n005930,x\n', /list of symbols/],
    ['numbers for dates', dated('45292'), /no date that can be read: column "date" has "45292"/],
    ['tickers side by side', 'Price,Close,Close\nTicker,A,B\nDate,,\n', /2 tickers side by side/],
  ])('is described: %s', async (_, content, message) => {
    await expect(open(content, { symbol: 'KOSPI' })).rejects.toThrow(message)
  })

  it('holds weeks or months', async () => {
    const months = dated(...Array.from({ length: 9 }, (_, at) => `2023-0${at + 1}-01`))
    await expect(open(months, { symbol: 'KOSPI' })).rejects.toThrow(/monthly bars.*31 days apart/)
    const days = dated(...Array.from({ length: 9 }, (_, at) => `0${at + 1}/01/23`))
    await expect(open(days, { symbol: 'KOSPI', dateOrder: 'MDY' })).rejects.toThrow(
      /monthly bars.*, or leave out --date-order MDY$/,
    )
    const fridays = ['01-05', '01-12', '01-19', '01-26', '02-02', '02-09', '02-16', '02-23']
    const weeks = fridays.map((day) => `2024-${day}`)
    await expect(open(dated(...weeks), { symbol: 'KOSPI' })).rejects.toThrow(/weekly bars.*7 days apart/)
    expect(await read(dated(...weeks.slice(1)))).toHaveLength(7)
  })

  it('holds months of many symbols, which only all rows show', async () => {
    const lines = Array.from({ length: 9 }, (_, month) =>
      Array.from({ length: 300 }, (_, at) => `${100_000 + at},2023-0${month + 1}-02,1,4,0.5,3,9`),
    )
    const content = `symbol,${HEADER}${lines.flat().join('\n')}`
    const source = await open(content, {})
    await expect(rowsOf(source)).rejects.toThrow(/monthly bars/)
  })

  it('does not exist, or is not a file', async () => {
    await expect(openBarFile(folder)).rejects.toThrow(/is not a file; name a CSV file/)
    await expect(openBarFile(path.join(folder, 'nowhere.csv'))).rejects.toThrow(/nowhere\.csv cannot be read/)
  })
})

describe('encodings and delimiters', () => {
  it.each<[string, string | Buffer]>([
    ['UTF-8', KOREAN],
    ['UTF-8 with its mark', `\uFEFF${KOREAN}`],
    ['UTF-16', Buffer.from(`\uFEFF${KOREAN.replaceAll(',', '\t')}`, 'utf16le')],
    ['CP949', Buffer.concat([CP949_START, Buffer.from(`high,low,close,volume\n${LINE}`)])],
    ['gzip', gzipSync(KOREAN)],
    ['semicolons', KOREAN.replaceAll(',', ';')],
    ['bars', KOREAN.replaceAll(',', ' | ')],
    ['Hangul taken apart, as macOS does', KOREAN.normalize('NFD')],
  ])('are detected: %s', async (_, content) => {
    expect(await read(content)).toEqual([ROW])
  })

  it('are decided by the last bytes where only those are Korean', async () => {
    const ascii = `name,${HEADER}${`x,${LINE}`.repeat(20_000)}`
    const late = Buffer.concat([Buffer.from(ascii), CP949_START.subarray(0, 4), Buffer.from(`,${LINE}`)])
    const source = await open(late, { symbol: 'KOSPI' })
    expect(source.format.notes[0]).toBe('CP949')
    expect(await rowsOf(source)).toHaveLength(20_001)
  })

  it('keep an empty cell between tabs', async () => {
    const text = 'date\topen\tname\thigh\tlow\tclose\tvolume\n2024-07-10\t1\t\t4\t0.5\t3\t9\n'
    expect(await read(text)).toEqual([ROW])
  })
})

describe('columns', () => {
  it('are refused where two match, unless one of them is empty', async () => {
    const header = 'date,open,high,low,close,price,volume\n'
    await expect(read(`${header}2024-07-10,1,4,0.5,3,2,9\n`)).rejects.toThrow(
      /2 columns for close, "close" and "price"; choose one: --columns close=5 \(or 6\)/,
    )
    expect(await read(`${header}2024-07-10,1,4,0.5,3,,9\n`)).toEqual([ROW])
    const columns = parseColumnChoice('close=Price')
    const [row] = await read(`${header}2024-07-10,1,4,0.5,3,2,9\n`, { symbol: 'KOSPI', columns })
    expect(row?.close).toBe(2)
  })

  it('are found by name, in any case and order, and others ignored', async () => {
    const rows = await read('VOLUME,Close,Adj Close,low,High,OPEN,date\n9,3,2.9,0.5,4,1,2024-07-10\r\n', {
      symbol: 'KOSPI',
      volumeUnit: 'shares',
    })
    expect(rows).toEqual([ROW])
  })

  it('are chosen by name or position, also where the file has no names', async () => {
    const columns = parseColumnChoice('date=Tag, open=E,high=3,low=T,close=S,volume=U')
    expect(await read(`Tag,E,H,T,S,U\n${LINE}`, { symbol: 'KOSPI', columns })).toEqual([ROW])
    const positions = parseColumnChoice('date=1,open=2,high=3,low=4,close=5,volume=6')
    expect(await read(LINE, { symbol: 'KOSPI', columns: positions })).toEqual([ROW])
  })

  it('that were chosen but do not exist are refused with the existing ones', async () => {
    const columns = parseColumnChoice('date=Datum')
    await expect(read(`Tag,E\n${LINE}`, { columns })).rejects.toThrow(
      /--columns date=Datum: .* has no such column; it has 1 Tag, 2 E/,
    )
    for (const text of ['', 'date', 'when=1', 'date=', 'date=1,date=2'])
      expect(() => parseColumnChoice(text)).toThrow(/--columns: /)
  })

  it('without a name hold the date where pandas put it there', async () => {
    expect(await read(`,open,high,low,close,volume\n${LINE}`)).toEqual([ROW])
  })

  it('of a short row are kept for the checks, and empty rows are left out', async () => {
    const rows = await read(`${HEADER}2024-07-10,1,4\n,,,,,\n`)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ session: '2024-07-10', high: 4, low: undefined, volume: undefined })
  })
})

describe('the symbol', () => {
  it('comes from exactly one place', async () => {
    const text = `symbol,${HEADER}005930,${LINE}`
    await expect(read(text)).rejects.toThrow(/leave --symbol KOSPI out/)
    await expect(read(`${HEADER}${LINE}`, {})).rejects.toThrow(/name the symbol of its bars with --symbol/)
  })

  it.each([
    ['5930', '005930'],
    ['005930.KS', '005930'],
    ['^KS11', 'KOSPI'],
    ['0001A0', '0001A0'],
    ['Samsung', 'Samsung'],
  ])('%s becomes %s', async (text, symbol) => {
    const [row] = await read(`Code,${HEADER}${text},${LINE}`, {})
    expect(row).toEqual({ ...ROW, symbol })
  })

  it("is read from yfinance's second line, and another is refused", async () => {
    const text =
      'Price,Close,High,Low,Open,Volume\nTicker,^KS11,^KS11,^KS11,^KS11,^KS11\nDate,,,,,\n2024-07-10,3,4,0.5,1,9\n'
    await expect(read(text, { symbol: '005930' })).rejects.toThrow(/holds bars of \^KS11, not of 005930/)
    expect(await read(text, {})).toEqual([{ ...ROW, volume: 9_000, volumeStep: 1_000 }])
  })
})

describe('the order of dates', () => {
  it('is refused where it is ambiguous or rows contradict each other', async () => {
    await expect(read(dated('1/2/2024', '1/3/2024'))).rejects.toThrow(/--date-order DMY\|MDY/)
    await expect(read(dated('13/1/24', '1/13/24'))).rejects.toThrow(
      /contradicts itself.*1\/13\/24 and 13\/1\/24/,
    )
  })

  it('is decided by a number above 12, however late', async () => {
    const early = Array.from({ length: 400 }, () => '1/2/2024')
    expect((await sessions(dated(...early, '13/2/2024')))[0]).toBe('2024-02-01')
    expect((await sessions(dated(...early, '2/13/2024')))[0]).toBe('2024-01-02')
  })

  it('is decided by rows that run in one direction in one order only', async () => {
    expect((await sessions(dated('5/1/2024', '8/1/2024', '2/2/2024')))[0]).toBe('2024-01-05')
    expect((await sessions(dated('24.01.02', '24.01.03', '24.02.01')))[2]).toBe('2024-02-01')
  })

  it('is the given one', async () => {
    expect(await sessions(dated('1/2/70', '1/3/69'), { symbol: 'KOSPI', dateOrder: 'MDY' })).toEqual([
      ...['1970-01-02', '2069-01-03'],
    ])
  })
})

describe('the unit of volume', () => {
  const yahoo = 'Date,Open,High,Low,Close,Adj Close,Volume\n2024-07-10,1,4,0.5,3,3,494700\n'

  it('is required where it is unknown for the format', async () => {
    const kiwoom = 'cur_prc,trde_qty,dt,open_pric,high_pric,low_pric\n-3,9,20240710,+1,+4,-0.5\n'
    await expect(read(kiwoom)).rejects.toThrow(/Kiwoom.*--volume-unit shares\|thousands/)
    expect(await read(kiwoom, { symbol: '005930' })).toEqual([{ ...ROW, symbol: '005930' }])
  })

  it('is the default of the format and kind of symbol, with a note', async () => {
    const index = await open(yahoo, { symbol: 'KOSPI' })
    expect(index.format).toEqual({
      name: 'Yahoo Finance',
      notes: ['volume in thousands of shares, as the volumes of KOSPI in 2024 show'],
    })
    const small = await open(yahoo.replace('494700', '9'), { symbol: 'KOSPI' })
    expect(small.format.notes).toEqual([
      'volume in thousands of shares, unless --volume-unit shares is given',
    ])
    expect((await rowsOf(index))[0]).toMatchObject({ volume: 494_700_000, volumeStep: 100_000 })
    expect((await read(yahoo, { symbol: '005930' }))[0]).toMatchObject({ volume: 494_700, volumeStep: 1 })
  })

  it('is the given one, or else that of the header', async () => {
    const small = yahoo.replace('494700', '9')
    expect((await read(small, { symbol: 'KOSPI', volumeUnit: 'shares' }))[0]?.volume).toBe(9)
    expect((await read(KOREAN.replace('거래량', '거래량(천주)')))[0]?.volume).toBe(9_000)
  })
})
