import { parse } from 'csv-parse/sync'
import { plainRecords } from '../../../../src/market/csv/plain-records.js'

/** The text's bytes in chunks of the given size, which cut through characters and line ends. */
async function* chunks(text: string, size: number): AsyncGenerator<Buffer> {
  await Promise.resolve()
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function recordsOf(text: string, delimiter: string, size = 1 << 18): Promise<string[][]> {
  const records: string[][] = []
  for await (const batch of plainRecords(chunks(text, size), delimiter)) records.push(...batch)
  return records
}

function parsed(text: string, delimiter: string): string[][] {
  return parse(text, {
    bom: true,
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  })
}

describe('text without quotes', () => {
  it('gives the records that csv-parse gives, wherever its chunks end', async () => {
    const pieces = ['\n', '\r\n', '\r', ',', ';', '\t', '|', ' ', '\u00a0', '\u3000', '\v', '\0', '\u0085']
    const words = [
      '1',
      '23.5',
      '2024-01-02',
      '삼성전자',
      'a longer cell than most',
      '\ufeff',
      '😀',
      "'",
      '\\',
    ]
    const all = [...pieces, ...words]
    let state = 7
    const draw = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 4_294_967_296) * below)
    }
    for (let round = 0; round < 500; round += 1) {
      const text = Array.from({ length: draw(30) }, () => all[draw(all.length)]).join('')
      for (const delimiter of [',', ';', '\t', '|']) {
        const size = 1 + draw(5)
        const found = await recordsOf(text, delimiter, size)
        expect([text, delimiter, size, found]).toEqual([text, delimiter, size, parsed(text, delimiter)])
      }
    }
  })

  it('loses no row where line ends are mixed, wherever its chunks end', async () => {
    const text = 'a,b\r\n1,2\n3,4\r5,6\r\n\n7,8'
    const rows = ['a,b', '1,2', '3,4', '5,6', '7,8'].map((line) => line.split(','))
    for (const size of [1, 2, 3, 4, 5, 100]) expect(await recordsOf(text, ',', size)).toEqual(rows)
  })

  it.each([
    ['a line without end', `a,b\n1,2\n${'x'.repeat(70_000)}`, /more than 65536 characters/],
    ['a line too long', `a,b\n1,2\n${'x'.repeat(70_000)}\n`, /more than 65536 characters/],
    ['quotes that were not there before', 'a,b\n1,2\n"3",4\n5,6\n', /quotes, which were not there at first/],
  ])('fails at %s, after the records before it', async (_, text, message) => {
    const records: string[][] = []
    const read = async (): Promise<void> => {
      for await (const batch of plainRecords(chunks(text, 4_096), ',')) records.push(...batch)
    }
    await expect(read()).rejects.toThrow(message)
    expect(records).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  })
})
