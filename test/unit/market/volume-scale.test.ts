import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { scaleOfIndexVolume, typicalIndexVolume } from '../../../src/domain/bars/index-volume.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { openBarFile } from '../../../src/market/csv/bar-file.js'
import type { BarFile, BarFileOptions } from '../../../src/market/csv/bar-file.js'
import { createTestFolder } from '../../support/database.js'

let folder: string
beforeAll(async () => {
  folder = await createTestFolder()
})

async function open(content: string, options: BarFileOptions = { symbol: 'KOSPI' }): Promise<BarFile> {
  const file = path.join(folder, `volumes-${Math.random().toString(36).slice(2)}.csv`)
  await writeFile(file, content)
  return openBarFile(file, options)
}

async function rowsOf(source: BarFile): Promise<RawBar[]> {
  const rows: RawBar[] = []
  for await (const batch of source.batches) rows.push(...batch)
  return rows
}

/** KOSPI's volumes of six sessions, in shares. */
const SHARES = [367_542_000, 480_400_000, 512_300_000, 433_000_000, 395_500_000, 521_700_000]
const days = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => new Date(Date.UTC(2024, 5, 3 + at)).toISOString().slice(0, 10))
/** FinanceDataReader's columns of an index. */
const fdr = (volumes: readonly number[]): string =>
  `Date,Close,Open,High,Low,Volume,Change\n${days(volumes.length)
    .map((day, at) => `${day},2682.5,2660.1,2690.2,2655.3,${volumes[at] ?? 0},0.01`)
    .join('\n')}\n`
const korean = (volumes: readonly number[]): string =>
  `날짜,시가,고가,저가,종가,거래량\n${days(volumes.length)
    .map((day, at) => `${day},2660.1,2690.2,2655.3,2682.5,${volumes[at] ?? 0}`)
    .join('\n')}\n`
const plain = (volumes: readonly number[]): string =>
  korean(volumes).replace(/^.*/, 'date,open,high,low,close,volume')
const thousandths = SHARES.map((volume) => volume / 1_000)

describe('the unit of an index file', () => {
  it("is shares in FinanceDataReader's columns whose volumes are in shares, and thousands in those in thousands", async () => {
    const shares = await open(fdr(SHARES))
    expect(shares.format).toEqual({
      name: 'FinanceDataReader',
      notes: ['volume in shares, as the volumes of KOSPI in 2024 show'],
    })
    expect((await rowsOf(shares))[0]?.volume).toBe(367_542_000)
    expect((await rowsOf(await open(fdr(thousandths))))[0]).toMatchObject({ volume: 367_542_000 })
  })

  it("is refused for Yahoo's volumes under the column names of pykrx, with evidence and remedy", async () => {
    await expect(open(korean(thousandths))).rejects.toThrow(
      /contradicts its volume unit, shares, as the format pykrx assumes: it has 521,700 on 2024-06-08, and KOSPI had about 463,000,000 shares a day .*--volume-unit thousands$/,
    )
    const given = await open(korean(thousandths), { symbol: 'KOSPI', volumeUnit: 'thousands' })
    expect((await rowsOf(given))[0]?.volume).toBe(367_542_000)
  })

  it('is thousands in a plain table in thousands, and the note gives the reason', async () => {
    const source = await open(plain(thousandths))
    expect(source.format.notes).toEqual([
      'volume in thousands of shares, as the volumes of KOSPI in 2024 show',
    ])
    expect((await rowsOf(source))[5]?.volume).toBe(521_700_000)
  })

  it('is refused where the option or the header contradicts the evidence', async () => {
    const asked = { symbol: 'KOSPI', volumeUnit: 'shares' } as const
    await expect(open(plain(thousandths), asked)).rejects.toThrow(
      /shares, as asked: .*--volume-unit thousands$/,
    )
    const header = korean(SHARES).replace('거래량', '거래량(천주)')
    await expect(open(header)).rejects.toThrow(
      /thousands of shares, as its column says: .*--volume-unit shares$/,
    )
    const large = SHARES.map((volume) => volume * 1_000)
    await expect(open(plain(large))).rejects.toThrow(/a thousand times too large: .*divide them by 1,000/)
  })

  it('is that of most rows, and a row in another unit has a fault', async () => {
    const rows = await rowsOf(await open(korean([...SHARES, ...SHARES, 521_700])))
    expect(rows.filter(({ fault }) => fault !== undefined)).toMatchObject([
      { row: 13, fault: { field: 'volume', code: 'VOLUME_SCALE' } },
    ])
    expect(rows[12]?.fault?.message).toMatch(
      /^volume 521,700 is about a thousandth of the usual volume of KOSPI in 2024, about 463,000,000/,
    )
    const long = `symbol,${plain(SHARES).replaceAll('\n2024', '\nKOSPI,2024').replace('480400000', '480400')}`
    expect((await rowsOf(await open(long, {})))[1]?.fault?.code).toBe('VOLUME_SCALE')
  })

  it('is asked for where no volume shows it', async () => {
    await expect(open(fdr([0, 0]))).rejects.toThrow(
      /FinanceDataReader, whose volume unit .*--volume-unit shares\|thousands/,
    )
  })
})

describe('a file of a share', () => {
  const steady = Array.from({ length: 60 }, (_, at) => 10_000_000 + ((at * 7_919) % 5_000_000))

  it('with two units is refused, unless one is given', async () => {
    const mixed = steady.map((volume, at) => (at < 30 ? volume : Math.round(volume / 1_000)))
    await expect(open(plain(mixed), { symbol: '005930' })).rejects.toThrow(
      /two units: from 2024-07-03 they are about 1[0-9],\d+, before about 1\d,\d+,\d+; split it there/,
    )
    const given = await open(plain(mixed), { symbol: '005930', volumeUnit: 'shares' })
    expect(await rowsOf(given)).toHaveLength(60)
  })

  it('that trades a hundred times more from some day on is read', async () => {
    const wild = steady.map((volume, at) => (at < 30 ? volume : volume * 100))
    expect(await rowsOf(await open(plain(wild), { symbol: '005930' }))).toHaveLength(60)
  })
})

describe('the usual volume of an index', () => {
  it('is on record by year, for some indices', () => {
    expect(typicalIndexVolume('KOSPI', '1980-12-31')).toBeUndefined()
    expect(typicalIndexVolume('KOSPI', '2001-01-02')).toBe(440_000_000)
    expect(typicalIndexVolume('KOSPI', '2030-01-02')).toBe(typicalIndexVolume('KOSPI', '2026-01-02'))
    expect(typicalIndexVolume('005930', '2024-01-02')).toBeUndefined()
  })

  it.each([
    [441_000_000, 'shares'],
    [441_000, 'a thousandth'],
    [441_000_000_000, 'a thousandfold'],
    [44_100_000_000, 'unclear'],
    [0, 'unclear'],
  ] as const)('shows that %d is %s', (volume, scale) => {
    expect(scaleOfIndexVolume('KOSPI', '2019-07-22', volume)).toBe(scale)
  })
})
