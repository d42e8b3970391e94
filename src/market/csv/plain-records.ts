/**
 * Splits text without quotes into records, the fast path for a market's long files. Without quotes every line end
 * and delimiter separates cells, so no character is examined by itself. The records equal csv-parse's.
 */

/** A longer line is not a bar. The bound limits memory for a file without line breaks. */
export const MAX_RECORD_LENGTH = 65_536
/** V8 keeps a longer substring as a view of the whole string, which then stays in memory as long as the substring. */
const MAX_COPIED_LENGTH = 12
/** White space lies at or below the first, or at or above the second. */
const [SPACE, NEXT_LINE] = [0x20, 0x85]

const LINE_END = /\r\n|\n|\r/

/**
 * Yields records in batches.
 * @param text in UTF-8
 * @returns records without empty lines
 * @throws Error for a line that is too long or has quotes, after the records before it
 */
export async function* plainRecords(
  text: AsyncIterable<Buffer>,
  delimiter: string,
): AsyncGenerator<string[][]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of text) {
    const lines = linesOf(rest + decoder.decode(chunk, { stream: true }))
    rest = lines.pop() ?? ''
    const { records, problem } = split(lines, delimiter)
    yield records
    if (problem !== undefined) throw new Error(problem)
    if (rest.length > MAX_RECORD_LENGTH) throw new Error(TOO_LONG)
  }
  const { records, problem } = split(linesOf(rest + decoder.decode()), delimiter)
  yield records
  if (problem !== undefined) throw new Error(problem)
}

/**
 * Splits at every kind of line end, because files that were put together mix them. The halves of a CRLF may lie in two
 * chunks: the second half then gives an empty line, which is no record.
 */
function linesOf(text: string): string[] {
  return text.includes('\r') ? text.split(LINE_END) : text.split('\n')
}

const TOO_LONG = `the next one has more than ${MAX_RECORD_LENGTH} characters`
const QUOTED = 'the next one has quotes, which were not there at first; was the file changed meanwhile?'

function split(
  lines: readonly string[],
  delimiter: string,
): { readonly records: string[][]; readonly problem?: string } {
  const records: string[][] = []
  for (const line of lines) {
    if (line.length > MAX_RECORD_LENGTH) return { records, problem: TOO_LONG }
    if (line.includes('"')) return { records, problem: QUOTED }
    const record = line.split(delimiter)
    for (let at = 0; at < record.length; at += 1) {
      const cell = record[at] ?? ''
      const [first, last] = [cell.charCodeAt(0), cell.charCodeAt(cell.length - 1)]
      if (cell.length > MAX_COPIED_LENGTH || maySpace(first) || maySpace(last)) record[at] = own(cell.trim())
    }
    if (record.length > 1 || record[0] !== '') records.push(record)
  }
  return { records }
}

function maySpace(code: number): boolean {
  return code <= SPACE || code >= NEXT_LINE
}

/** Returns a copy of the text that keeps no larger string in memory. */
function own(text: string): string {
  return text.length > MAX_COPIED_LENGTH ? Buffer.from(text).toString() : text
}
