/**
 * Bar files: reads daily bars from delimited text, JSON, a workbook or Parquet, in any known format. The format is decided before the first bar;
 * the rows are then read as a stream.
 */
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { KospigraphError } from '../../errors.js'
import { createRowReader } from './bar-row.js'
import type { DateOrder } from '../dates/date-shape.js'
import { decideLayout } from './layout.js'
import type { Layout, LayoutOptions } from './layout.js'
import type { OpenRecords } from './records.js'
import { decideReshaping } from './reshape.js'
import type { ReshapeOptions } from './reshape.js'
import { watchSpacing } from './spacing.js'
import { openTable } from './table-source.js'
import { watchTimes } from '../dates/time-watch.js'

/** Rows in a batch: enough to amortise the hand-over, few enough to hold in memory. */
const BATCH_ROWS = 2_000
/** Records that decide the layout, unless it needs all. */
const SAMPLE_RECORDS = 200

export interface BarFileOptions extends LayoutOptions, ReshapeOptions {}

export interface BarFile {
  /** Size on disk, in bytes. */
  readonly sizeBytes: number
  /** Returns how many bytes of the file have been read so far. */
  readBytes(): number
  /** Batches of rows; can be iterated once. */
  readonly batches: AsyncIterable<RawBar[]>
  /** Returns the SHA-256 of the file's bytes in hexadecimal; complete once `batches` has ended. */
  checksum(): string
  readonly format: {
    readonly name: string
    /** What was recognised or assumed, a few words each. */
    readonly notes: readonly string[]
  }
  /** The price basis that the format's vendor is known for. */
  readonly basis: PriceBasis
}

/**
 * Opens a file of daily bars.
 * @throws KospigraphError BAD_USER_INPUT for a file that is unreadable, not a bar file or ambiguous; reading its
 *   rows may throw the same
 */
export async function openBarFile(file: string, options: BarFileOptions = {}): Promise<BarFile> {
  const table = await openTable(file)
  const reshaping = decideReshaping(await firstOf(table.open().records, SAMPLE_RECORDS), options, file)
  const open = (): OpenRecords => {
    const { records, readBytes, checksum } = table.open()
    return { records: reshaping.apply(records), readBytes, checksum }
  }
  const records = await firstOf(open().records, SAMPLE_RECORDS)
  const layout = await decideLayout(
    { file, records, ticker: table.ticker, readAll: () => open().records },
    options,
  )
  // Reading the sample as bars detects a short file of weekly or monthly bars.
  const read = (some: AsyncIterable<readonly string[][]>): AsyncGenerator<RawBar[]> =>
    readBars(some, layout, file, options.dateOrder)
  const sampled = read(fromArray([records]))
  while ((await sampled.next()).done !== true);
  const source = open()
  return {
    sizeBytes: table.sizeBytes,
    readBytes: () => source.readBytes(),
    batches: read(source.records),
    checksum: () => source.checksum(),
    format: { name: layout.format.name, notes: [...table.notes, ...reshaping.notes, ...layout.notes] },
    basis: layout.format.basis,
  }
}

async function* readBars(
  records: AsyncIterable<readonly string[][]>,
  layout: Layout,
  file: string,
  askedOrder: DateOrder | undefined,
): AsyncGenerator<RawBar[]> {
  const spacing = watchSpacing()
  const times = watchTimes()
  const readRow = createRowReader(layout)
  let line = 0
  let row = 0
  let batch: RawBar[] = []
  for await (const some of records) {
    for (const record of some) {
      line += 1
      if (line <= layout.headingLines || isBlank(record)) continue
      row += 1
      const bar = readRow(record, row)
      spacing.see(bar.session, bar.symbol)
      times.see(bar.session)
      batch.push(bar)
      if (batch.length < BATCH_ROWS) continue
      yield batch
      batch = []
    }
  }
  const timed = times.problem()
  if (timed !== undefined) throw new KospigraphError('BAD_USER_INPUT', `${file} ${timed}`)
  const problem = spacing.problem()
  if (problem !== undefined) {
    const doubt = askedOrder === undefined ? '' : `, or leave out --date-order ${askedOrder}`
    throw new KospigraphError('BAD_USER_INPUT', `${file} ${problem}${doubt}`)
  }
  if (batch.length > 0) yield batch
}

/** Spreadsheets leave rows of empty cells behind. */
function isBlank(record: readonly string[]): boolean {
  return record[0] === '' && record.every((cell) => cell === '')
}

async function firstOf(records: AsyncIterable<readonly string[][]>, count: number): Promise<string[][]> {
  const first: string[][] = []
  for await (const some of records) {
    first.push(...some.slice(0, count - first.length))
    if (first.length === count) break
  }
  return first
}

async function* fromArray<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  await Promise.resolve()
  yield* items
}
