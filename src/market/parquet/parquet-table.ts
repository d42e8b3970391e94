/** Reads the rows of a Parquet file, as pandas and polars write it, with bounds on what it unpacks to. */
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import type { FileMetaData } from 'hyparquet'
import { messageOf } from '../../errors.js'
import { MAX_TABLE_COLUMNS, MAX_TABLE_ROWS, cellText } from '../csv/cell-table.js'
import type { CellTable } from '../csv/cell-table.js'

const MAX_UNPACKED_BYTES = 200_000_000

/** @throws Error with what was found, to follow the file's name */
export async function readParquetTable(bytes: Uint8Array): Promise<CellTable> {
  const file = new Uint8Array(bytes).buffer
  const failed = (cause: unknown): never => {
    throw new Error(`is a Parquet file that cannot be read: ${messageOf(cause)}; export it as CSV`, { cause })
  }
  const metadata = await Promise.resolve(file).then(parquetMetadataAsync).catch(failed)
  refuseLarge(metadata)
  const rows = await parquetReadObjects({ file, metadata }).catch(failed)
  const names = Object.keys(rows[0] ?? {})
  return { records: [names, ...rows.map((row) => names.map((name) => cellText(row[name])))] }
}

function refuseLarge({ num_rows, row_groups, schema }: FileMetaData): void {
  const bytes = row_groups.reduce((sum, group) => sum + Number(group.total_byte_size), 0)
  if (num_rows > MAX_TABLE_ROWS || bytes > MAX_UNPACKED_BYTES || schema.length > MAX_TABLE_COLUMNS) {
    throw new Error(
      `is a Parquet file of ${num_rows} rows, ${schema.length} columns and ${Math.round(bytes / 1_000_000)} MB; at most ` +
        `${MAX_TABLE_ROWS} rows, ${MAX_TABLE_COLUMNS} columns and ${MAX_UNPACKED_BYTES / 1_000_000} MB are read; export it as CSV`,
    )
  }
}
