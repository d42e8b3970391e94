/** Reads the codes in a file's symbol column, each text once. */
import { readSymbolCode } from '../../domain/bars/instruments/symbol-code.js'

/** Symbols of one file that are remembered: their codes, for example, so that a million rows of one are parsed once. */
export const MAX_REMEMBERED_SYMBOLS = 10_000

/** Returns a cached {@link readSymbolCode}; an invalid text is kept for the check of bars to report. */
export function createSymbolReader(
  resolveName?: (name: string) => string | undefined,
): (text: string) => string {
  const known = new Map<string, string>()
  let lastText: string | undefined
  let lastCode = ''
  return (text) => {
    if (text === lastText) return lastCode
    let code = known.get(text)
    if (code === undefined) {
      code = readSymbolCode(text) ?? resolveName?.(text.trim()) ?? text.trim()
      if (known.size < MAX_REMEMBERED_SYMBOLS) known.set(text, code)
    }
    lastText = text
    lastCode = code
    return code
  }
}
