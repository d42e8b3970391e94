/** The bytes of a bar file: examined once as a whole for compression and encoding, then decoded as text. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, Transform, pipeline } from 'node:stream'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { KospigraphError, messageOf } from '../../errors.js'
import { ENCODING_NAMES, watchEncoding } from './encoding.js'
import type { Encoding } from './encoding.js'
import { binaryContent, markupContent } from './foreign-content.js'

const CHUNK_BYTES = 1 << 18
/** Bytes at the start of a file that decide its content type; longer than any line that is read. */
const HEAD_BYTES = 1 << 17
const GZIP_MAGIC = 0x1f8b
const QUOTE = 0x22

export interface ExaminedFile {
  readonly file: string
  /** Size on disk, in bytes. */
  readonly sizeBytes: number
  readonly gzipped: boolean
  readonly encoding: Encoding
  /** Whether any byte of it may be a quote. */
  readonly quoted: boolean
  /** The beginning of its text. */
  readonly head: string
}

export interface OpenText {
  /** In UTF-8. */
  readonly text: Readable
  /** Returns how many bytes on disk have been read so far. */
  readBytes(): number
  /** Returns the SHA-256 of the bytes on disk in hexadecimal; complete once the text has ended. */
  checksum(): string
}

/**
 * Examines a file. It reads all bytes once, a tenth of the cost of parsing, so that nothing is ingested before the
 * encoding is known.
 * @throws KospigraphError BAD_USER_INPUT for a file that is unreadable or not text
 */
export async function examineFile(file: string): Promise<ExaminedFile> {
  const { sizeBytes, gzipped } = await lookAt(file).catch((cause: unknown) => {
    if (cause instanceof KospigraphError) throw cause
    throw new KospigraphError('BAD_USER_INPUT', `${file} cannot be read: ${messageOf(cause)}`, { cause })
  })
  const watch = watchEncoding()
  const heads: Buffer[] = []
  let headBytes = 0
  let quoted = false
  try {
    for await (const chunk of openBytes(file, gzipped).bytes as AsyncIterable<Buffer>) {
      if (headBytes === 0) refuse(file, binaryContent(chunk))
      watch.see(chunk)
      quoted ||= chunk.includes(QUOTE)
      if (headBytes < HEAD_BYTES) heads.push(chunk)
      headBytes += chunk.length
    }
  } catch (cause) {
    if (cause instanceof KospigraphError) throw cause
    throw new KospigraphError('BAD_USER_INPUT', `${file} breaks off: ${messageOf(cause)}`, { cause })
  }
  const encoding = watch.decide()
  if (!encoding) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} is neither UTF-8 nor CP949 text from beginning to end; save it as CSV in UTF-8`,
    )
  }
  // Not fatal: the cut may split a character.
  const head = new TextDecoder(encoding).decode(Buffer.concat(heads).subarray(0, HEAD_BYTES))
  refuse(file, markupContent(head))
  return { file, sizeBytes, gzipped, encoding, quoted, head }
}

/**
 * Returns the first bytes of a file, unpacked where it is gzipped.
 * @throws KospigraphError BAD_USER_INPUT for a file that is unreadable
 */
export async function firstBytes(file: string): Promise<Buffer> {
  const { gzipped } = await lookAt(file).catch((cause: unknown) => {
    if (cause instanceof KospigraphError) throw cause
    throw new KospigraphError('BAD_USER_INPUT', `${file} cannot be read: ${messageOf(cause)}`, { cause })
  })
  try {
    for await (const chunk of openBytes(file, gzipped).bytes as AsyncIterable<Buffer>) return chunk
  } catch {
    // Reading the whole file reports what is wrong with it.
  }
  return Buffer.alloc(0)
}

/** Opens the text at its beginning. */
export function openText({ file, gzipped, encoding }: ExaminedFile): OpenText {
  const { raw, bytes } = openBytes(file, gzipped)
  const hash = createHash('sha256')
  raw.on('data', (chunk) => hash.update(chunk))
  let digest: string | undefined
  return {
    text: encoding === 'utf-8' ? bytes : pipeline(bytes, decoding(encoding), () => undefined),
    readBytes: () => raw.bytesRead,
    checksum: () => (digest ??= hash.digest('hex')),
  }
}

async function lookAt(file: string): Promise<{ sizeBytes: number; gzipped: boolean }> {
  const handle = await open(file)
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw new KospigraphError('BAD_USER_INPUT', `${file} is not a file; name a CSV file`)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return { sizeBytes: found.size, gzipped: bytesRead === 2 && buffer.readUInt16BE(0) === GZIP_MAGIC }
  } finally {
    await handle.close()
  }
}

function openBytes(file: string, gzipped: boolean): { raw: ReadStream; bytes: Readable } {
  const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES })
  // pipeline, unlike pipe, destroys the file when the reader stops early, and carries errors forward.
  const unpacked = gzipped ? createGunzip({ chunkSize: CHUNK_BYTES }) : new PassThrough()
  return { raw, bytes: pipeline(raw, unpacked, () => undefined) }
}

function decoding(encoding: Encoding): Transform {
  const decoder = new TextDecoder(encoding, { fatal: true })
  return new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        done(null, decoder.decode(chunk, { stream: true }))
      } catch (cause) {
        done(
          new Error(`it is no longer ${ENCODING_NAMES[encoding]} text; was it changed meanwhile?`, {
            cause,
          }),
        )
      }
    },
  })
}

function refuse(file: string, content: string | undefined): void {
  if (content !== undefined) throw new KospigraphError('BAD_USER_INPUT', `${file} is ${content}`)
}
