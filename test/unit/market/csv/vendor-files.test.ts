import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RawBar } from '../../../../src/domain/bars/row-outcome.js'
import { openBarFile } from '../../../../src/market/csv/bar-file.js'
import { FORMATS } from '../../../../src/market/formats.js'
import { REFUSED_FILES, VENDOR_FILES } from '../../../support/vendor-files.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../..')
const data = path.resolve(root, '../shared/data')
// The vendors' files may not be redistributed, so a plain clone has none of them.
const withData = existsSync(data) ? describe : describe.skip

withData('real files (skipped where ../shared/data is absent)', () => {
  it.each(REFUSED_FILES)('$path is refused: $says', async ({ path: name, says }) => {
    const file = path.join(data, name)
    await expect(openBarFile(file, { symbol: 'KOSPI' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining(`${file} ${says}`) as string,
    })
  })

  it.each(VENDOR_FILES)('$path is read as $format, whole', async (expected) => {
    const source = await openBarFile(path.join(data, expected.path), { symbol: expected.symbol })
    expect(source.format.name).toBe(expected.format)
    let rows = 0
    let first = '9999'
    let last = ''
    let found: RawBar | undefined
    for await (const batch of source.batches) {
      for (const bar of batch) {
        rows += 1
        if (bar.session < first) first = bar.session
        if (bar.session > last) last = bar.session
        if (bar.session === expected.bar[0]) found ??= bar
      }
    }
    expect({ rows, first, last }).toEqual({
      rows: expected.rows,
      first: expected.first,
      last: expected.last,
    })
    const { session, open, high, low, close, volume, volumeStep } = found ?? {}
    expect([session, open, high, low, close, volume, volumeStep]).toEqual(expected.bar)
  })
})

describe.each([
  {
    page: 'docs/data-in.md',
    formats: ['format', 'written by'],
    files: ['file', 'format'],
    refused: ['file', 'error'],
  },
  {
    page: 'docs/ko/data-in.md',
    formats: ['형식', '만든 곳'],
    files: ['파일', '형식'],
    refused: ['파일', '오류'],
  },
])('$page', ({ page, formats, files, refused }) => {
  const tables = tablesIn(readFileSync(path.join(root, page), 'utf8'))
  /** The rows of the table whose headings begin with these. */
  const rowsUnder = (headings: readonly string[]): string[][] | undefined =>
    tables.find(([row]) => headings.every((heading, at) => row?.[at] === heading))?.slice(2)

  it('shows every format with the unit of its volume', () => {
    const rows = FORMATS.map(({ name, writtenBy, recognisedBy, volumeUnit, isUnitGuessed }) => {
      const { INDEX = 'by evidence', OTHER = 'not known' } = volumeUnit
      return [name, writtenBy, recognisedBy, isUnitGuessed ? `by evidence, or ${INDEX}` : INDEX, OTHER]
    })
    expect(rowsUnder(formats)).toEqual(rows)
  })

  it('shows what is read from every file and what is stored', () => {
    const rows = VENDOR_FILES.map(({ path: name, format, rows: count, first, last, became }) => [
      ...[name, format, count.toLocaleString('en-US'), first, last, ...became],
    ])
    expect(rowsUnder(files)).toEqual(rows)
  })

  it('shows the message for every refused file', () => {
    expect(rowsUnder(refused)).toEqual(REFUSED_FILES.map(({ path: name, says }) => [name, says]))
  })
})

/** The cells of each table in a Markdown text, headings and rules among them. */
function tablesIn(text: string): string[][][] {
  return text
    .split('\n\n')
    .filter((part) => part.startsWith('|'))
    .map((part) =>
      part
        .trim()
        .split('\n')
        .map((line) =>
          line
            .slice(1, -1)
            .split('|')
            .map((cell) => cell.trim()),
        ),
    )
}
