/**
 * Which encoding a file's bytes are in, decided from all of them: a Korean name may first come in the last line,
 * and a few bytes of CP949 can pass for UTF-8 by chance.
 */

import { isAscii } from 'node:buffer'

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'euc-kr'

/** What a person calls them. The label `euc-kr` decodes all of CP949, by the WHATWG's standard. */
export const ENCODING_NAMES: Readonly<Record<Encoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'euc-kr': 'CP949',
}

export interface EncodingWatch {
  see(chunk: Uint8Array): void
  /** After the last chunk: the encoding in which every byte means something, if there is one. */
  decide(): Encoding | undefined
}

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

/** Says whether a stream of bytes is text in one encoding. */
class Validator {
  readonly #decoder: InstanceType<typeof TextDecoder>
  #valid = true
  /** Whether a character may have begun and not ended. */
  #open = false

  constructor(readonly encoding: Encoding) {
    this.#decoder = new TextDecoder(encoding, { fatal: true })
  }

  see(chunk: Uint8Array): void {
    if (!this.#valid) return
    // In both encodings that are tried, ASCII is itself; a chunk of it says nothing unless it ends a character.
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
