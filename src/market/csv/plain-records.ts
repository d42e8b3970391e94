/**
 * Records of text without quotes, which is how a market's long files come: what lies between line ends and delimiters
 * is a cell, and no character has to be looked at by itself. They are the records that csv-parse makes of such text.
 */

/** A longer line is not a bar; the bound keeps a file without line breaks from filling memory. */
export const MAX_RECORD_LENGTH = 65_536
/** V8 keeps a longer piece of a string as a view of the whole, and the whole for as long as the piece. */
const MAX_COPIED_LENGTH = 12
/** White space is no character between these two. */
const [SPACE, NEXT_LINE] = [0x20, 0x85]

export type LineEnd = '\r\n' | '\n' | '\r'

/** The first line end, which says what all others are like; none where there is but one line. */
export function findLineEnd(head: string): LineEnd | undefined {
  return /\r\n|\n|\r/.exec(head)?.[0] as LineEnd | undefined
}

/**
 * @param text in UTF-8
 * @returns records without empty lines, in batches as the text comes
 * @throws Error for a line that is no such record, after those before it
 */
export async function* plainRecords(
  text: AsyncIterable<Buffer>,
  delimiter: string,
  lineEnd: LineEnd,
): AsyncGenerator<string[][]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of text) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(lineEnd)
    rest = lines.pop() ?? ''
    const { records, problem } = split(lines, delimiter)
    yield records
    if (problem !== undefined) throw new Error(problem)
    if (rest.length > MAX_RECORD_LENGTH) throw new Error(TOO_LONG)
  }
  const { records, problem } = split([rest + decoder.decode()], delimiter)
  yield records
  if (problem !== undefined) throw new Error(problem)
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

/** The same text in memory of its own. */
function own(text: string): string {
  return text.length > MAX_COPIED_LENGTH ? Buffer.from(text).toString() : text
}
