import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { RawBar } from '../../../src/domain/row-outcome.js'
import { openBarsCsv } from '../../../src/market/csv.js'
import { createTestFolder } from '../../support/database.js'

let folder: string
beforeAll(async () => {
  folder = await createTestFolder()
})

async function read(content: string | Buffer, symbol?: string): Promise<RawBar[]> {
  const file = path.join(folder, `bars-${Math.random().toString(36).slice(2)}.csv`)
  await writeFile(file, content)
  const source = await openBarsCsv(file, symbol)
  const rows: RawBar[] = []
  for await (const batch of source.batches) rows.push(...batch)
  return rows
}

const ROW = { row: 1, session: '2024-07-10', open: '1', high: '4', low: '0.5', close: '3', volume: '9' }

describe('reading bars from CSV', () => {
  it('finds the columns by name, in any case and order, and ignores others', async () => {
    const rows = await read(
      'VOLUME,Close,Adj Close,low,High,OPEN,date\r\n9,3,2.9,0.5,4,1,2024-07-10\r\n',
      'KOSPI',
    )
    expect(rows).toEqual([{ ...ROW, symbol: 'KOSPI' }])
  })

  it('takes the symbol from its column, behind a byte order mark and gzip', async () => {
    const text = '\uFEFFsymbol,date,open,high,low,close,volume\n005930,2024-07-10,1,4,0.5,3,9\n'
    expect(await read(gzipSync(text))).toEqual([{ ...ROW, symbol: '005930' }])
  })

  it('leaves a short row to the checks, which name the missing fields', async () => {
    const [row] = await read('date,open,high,low,close,volume\n2024-07-10,1,4\n', 'KOSPI')
    expect(row).toMatchObject({ session: '2024-07-10', high: '4', low: undefined, volume: undefined })
  })

  it('refuses a file without a needed column, saying what it found', async () => {
    await expect(read('date,open,high,low,close\n', 'KOSPI')).rejects.toThrow(
      /has no column volume: its first line reads "date,open,high,low,close"/,
    )
  })

  it.each([
    ['', /is empty/],
    ['date,open,high,low,close,volume\n', /has a header line and no rows/],
    ['date,date,open,high,low,close,volume\n1,2,3,4,5,6,7\n', /two columns named "date"/],
    ['date,open,high,low,close,volume\n"2024-07-10,1\n', /breaks off/],
    [gzipSync('date,open,high,low,close,volume\n'.repeat(99)).subarray(0, 40), /breaks off/],
  ])('refuses %j', async (content, message) => {
    await expect(read(content, 'KOSPI')).rejects.toThrow(message)
  })

  it('wants the symbol from exactly one place', async () => {
    const header = 'symbol,date,open,high,low,close,volume\n005930,2024-07-10,1,4,0.5,3,9\n'
    await expect(read(header, 'KOSPI')).rejects.toThrow(/leave --symbol KOSPI out/)
    await expect(read(header.replace('symbol', 'name'))).rejects.toThrow(
      /say whose bars they are with --symbol/,
    )
  })

  it('names a file that is not there, or is none', async () => {
    await expect(openBarsCsv(folder, 'KOSPI')).rejects.toThrow(/is not a file; name a CSV file/)
    await expect(openBarsCsv(path.join(folder, 'nowhere.csv'), 'KOSPI')).rejects.toThrow(
      /nowhere\.csv cannot be read/,
    )
  })
})
