/** Recognises files that are not delimited text by their first bytes, whatever their name. */

const CSV_REMEDY = 'export it as CSV'

/** First bytes, in Latin-1, and the content that they indicate. */
const MAGIC: readonly (readonly [string, string])[] = [
  ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'an old Excel workbook (.xls)'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive; unpack it first'],
  ['Rar!', 'a RAR archive; unpack it first'],
  ['BZh', 'compressed with bzip2; unpack it first or use gzip'],
  ['\xfd7zXZ\0', 'compressed with xz; unpack it first or use gzip'],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard; unpack it first or use gzip'],
  ['\x1f\x8b', 'gzipped twice; unpack it once'],
  ['ARROW1', 'an Arrow file'],
  ['\x89HDF', 'an HDF5 file'],
  ['SQLite format 3', 'an SQLite database'],
  ['%PDF', 'a PDF document'],
  ['\x89PNG', 'a picture'],
]
const JSON_START = /^(\{|\[\s*[{["\]])/
const ZIP = 'PK\x03\x04'
/** An .xlsx begins with one of these entries, depending on the program that wrote it. */
const WORKBOOK_ENTRY = /\[Content_Types\]\.xml|_rels\/|docProps\/|xl\//

export type WholeKind = 'json' | 'xlsx' | 'parquet'

/**
 * Returns the kind of a file that is read whole; undefined for text in lines and for files that are not read.
 * @param head the first bytes, unpacked where the file is gzipped
 */
export function wholeKind(head: Buffer): WholeKind | undefined {
  const start = head.subarray(0, 512).toString('latin1')
  if (start.startsWith(ZIP)) return WORKBOOK_ENTRY.test(start) ? 'xlsx' : undefined
  if (start.startsWith('PAR1')) return 'parquet'
  return JSON_START.test(start.replace(/^\xef\xbb\xbf/, '').trimStart()) ? 'json' : undefined
}

/**
 * Returns what a binary file is and what to do with it, or undefined for text.
 * @param head the first bytes, unpacked where the file is gzipped
 */
export function binaryContent(head: Buffer): string | undefined {
  const start = head.subarray(0, 512).toString('latin1')
  if (start.startsWith(ZIP)) {
    return 'a ZIP archive; unpack it first'
  }
  const found = MAGIC.find(([magic]) => start.startsWith(magic))
  if (found) return found[1].includes(';') ? found[1] : `${found[1]}; ${CSV_REMEDY}`
  // A pandas pickle begins with its protocol number, which is never text.
  if (head[0] === 0x80) return `binary data, perhaps a Python pickle; ${CSV_REMEDY}`
  const utf16 = start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff')
  if (!utf16 && head.includes(0)) return `binary data, or UTF-16 without its mark; ${CSV_REMEDY} in UTF-8`
  return undefined
}

/** Returns what a text is that is not lines of cells, and what to do with it; undefined for delimited text. */
export function markupContent(text: string): string | undefined {
  const start = text.replace(/^\uFEFF/, '').trimStart()
  if (/^<(!doctype|html|head|body|table|div|meta|style|script|\?xml|!--)/i.test(start)) {
    const xml = /^<\?xml/i.test(start) ? 'XML' : 'HTML'
    return `${xml}, which some sites save under the name .xls or .csv; open it in a spreadsheet and ${CSV_REMEDY}`
  }
  return undefined
}
