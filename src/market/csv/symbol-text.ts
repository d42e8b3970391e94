/**
 * Parses symbol codes as files write them: with a vendor's suffix, or without the zeros that a spreadsheet
 * dropped.
 */

/** Symbols of one file that are remembered: their codes, for example, so that a million rows of one are parsed once. */
export const MAX_REMEMBERED_SYMBOLS = 10_000
const INDEX_CODES = new Set(['KOSPI', '^KS11', 'KS11', '코스피'])

/**
 * Reads a symbol code.
 * @returns the code as stored; an invalid text is kept for the check of bars to report
 */
export function readSymbol(text: string): string {
  const trimmed = text.trim().toUpperCase()
  if (INDEX_CODES.has(trimmed)) return 'KOSPI'
  // A005930 is Kiwoom's form, 005930.KS Yahoo's; pandas writes 5930.0 for a column with a gap.
  const code =
    /^A?([0-9][0-9A-Z]{5})(?:\.K[SQ])?$/.exec(trimmed)?.[1] ?? /^(\d{1,6})(?:\.0)?$/.exec(trimmed)?.[1]
  return code === undefined ? text.trim() : code.padStart(6, '0')
}

/** Returns a cached {@link readSymbol}. */
export function createSymbolReader(): (text: string) => string {
  const known = new Map<string, string>()
  let lastText: string | undefined
  let lastCode = ''
  return (text) => {
    if (text === lastText) return lastCode
    let code = known.get(text)
    if (code === undefined) {
      code = readSymbol(text)
      if (known.size < MAX_REMEMBERED_SYMBOLS) known.set(text, code)
    }
    lastText = text
    lastCode = code
    return code
  }
}
