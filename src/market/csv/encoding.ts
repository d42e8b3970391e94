/**
 * Encoding detection from all bytes of a file: the first Korean name may be in the last line, and a few bytes of
 * CP949 can be valid UTF-8 by chance.
 */

import { isAscii } from 'node:buffer'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'euc-kr'

/** Usual names. The label `euc-kr` decodes all of CP949, by the WHATWG standard. */
export const ENCODING_NAMES: Readonly<Record<Encoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'euc-kr': 'CP949',
}

export interface EncodingWatch {
  see(chunk: Uint8Array): void
  /** Call after the last chunk. Returns the encoding in which every byte is valid, if there is one. */
  decide(): Encoding | undefined
}

/** Returns a detector that takes the bytes chunk by chunk. */
export function watchEncoding(): EncodingWatch {
  const utf8 = new Validator('utf-8')
  const cp949 = new Validator('euc-kr')
  let marked: Validator | undefined
  let first = true
  return {
    see(chunk) {
      if (first) {
        first = false
        const encoding = utf16Mark(chunk)
        if (encoding) marked = new Validator(encoding)
      }
      if (marked) marked.see(chunk)
      else {
        utf8.see(chunk)
        cp949.see(chunk)
      }
    },
    decide() {
      const candidates = marked ? [marked] : [utf8, cp949]
      return candidates.find((candidate) => candidate.holds())?.encoding
    },
  }
}

function utf16Mark(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return undefined
}

/** Validates a stream of bytes as text in one encoding. */
class Validator {
  readonly #decoder: InstanceType<typeof TextDecoder>
  #valid = true
  /** Whether the last chunk may have ended within a character. */
  #open = false

  constructor(readonly encoding: Encoding) {
    this.#decoder = new TextDecoder(encoding, { fatal: true })
  }

  see(chunk: Uint8Array): void {
    if (!this.#valid) return
    // ASCII is the same in both candidate encodings, so a chunk of it matters only if it ends a character.
    const ascii = !this.encoding.startsWith('utf-16') && isAscii(chunk)
    if (ascii && !this.#open) return
    this.#open = !ascii
    try {
      this.#decoder.decode(chunk, { stream: true })
    } catch {
      this.#valid = false
    }
  }

  holds(): boolean {
    if (!this.#valid) return false
    try {
      this.#decoder.decode()
      return true
    } catch {
      return false
    }
  }
}
