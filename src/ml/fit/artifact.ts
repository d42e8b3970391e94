/** Artifacts: the bytes and hashes that let any machine verify a model version later. */
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { BAR_COLUMNS } from '../../domain/bars/bar.js'
import type { BarColumns } from '../../domain/bars/bar.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Scaler } from './scaler.js'

const FLOAT32_BYTES = 4
const FLOAT64_BYTES = 8

/** Returns JSON with sorted keys, so that equal values have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** Returns little-endian doubles on every machine. */
function doubles(values: Iterable<number>): Uint8Array {
  const numbers = Float64Array.from(values)
  const bytes = new DataView(new ArrayBuffer(numbers.length * FLOAT64_BYTES))
  numbers.forEach((value, i) => bytes.setFloat64(i * FLOAT64_BYTES, value, true))
  return new Uint8Array(bytes.buffer)
}

/** Hashes one field with its name and length, so that different lists of fields never give the same byte stream. */
function addField(hash: Hash, name: string, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  hash.update(`${name} ${bytes.length}\n`).update(bytes)
}

/** Returns the fingerprint of `bars`: SHA-256, in hexadecimal, of every column in order, and of volume breaks. */
export function fingerprintBars(bars: BarColumns): string {
  const hash = createHash('sha256')
  addField(hash, 'bars', String(bars.sessions.length))
  addField(hash, 'sessions', bars.sessions.join('\n'))
  for (const column of BAR_COLUMNS) {
    addField(hash, column, doubles(bars[column]))
  }
  // Breaks change what a recipe reads; a fingerprint without any is that of earlier releases.
  const { volumeBreaks = [] } = bars
  if (volumeBreaks.length > 0) addField(hash, 'volumeBreaks', volumeBreaks.join('\n'))
  return hash.digest('hex')
}

/**
 * Returns the hash of a recipe's name and of everything that changes a fit, so without the description. SHA-256,
 * hexadecimal.
 */
export function recipeHash(recipe: Recipe): string {
  const hashed = Object.entries(recipe).filter(([field]) => field !== 'description')
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(hashed)))
    .digest('hex')
}

/** Returns the weights as little-endian float32, in the order of `weightShapes`. */
export function encodeWeights(weights: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(weights.length * FLOAT32_BYTES))
  weights.forEach((value, i) => bytes.setFloat32(i * FLOAT32_BYTES, value, true))
  return new Uint8Array(bytes.buffer)
}

/**
 * Reads what {@link encodeWeights} wrote.
 * @throws RangeError where the length is not a multiple of 4
 */
export function decodeWeights(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % FLOAT32_BYTES !== 0) {
    throw new RangeError(`${bytes.byteLength} bytes cannot be weights: the length must be a multiple of 4.`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.byteLength / FLOAT32_BYTES }, (_, i) =>
    view.getFloat32(i * FLOAT32_BYTES, true),
  )
}

/** One fit of a version. An ensemble has several members. */
export interface Member {
  readonly seed: number
  /** As {@link encodeWeights} returns them: the hash covers the stored bytes. */
  readonly weights: Uint8Array
  readonly losses: Iterable<number>
}

/**
 * Returns the hash of a version's whole content: SHA-256, hexadecimal. Versions with equal hashes give equal
 * predictions.
 */
export function contentHash(content: {
  readonly scaler: Scaler
  readonly members: readonly Member[]
  readonly recipeHash: string
  readonly fingerprint: string
  readonly engineVersion: string
}): string {
  const hash = createHash('sha256')
  addField(hash, 'engine', content.engineVersion)
  addField(hash, 'recipe', content.recipeHash)
  addField(hash, 'fingerprint', content.fingerprint)
  addField(hash, 'scaler', content.scaler.kind)
  addField(hash, 'columns', content.scaler.columns.join('\n'))
  if (content.scaler.kind === 'minMax') {
    addField(hash, 'min', doubles(content.scaler.min))
    addField(hash, 'max', doubles(content.scaler.max))
  } else {
    addField(hash, 'mean', doubles(content.scaler.mean))
    addField(hash, 'std', doubles(content.scaler.std))
  }
  for (const { seed, weights, losses } of content.members) {
    addField(hash, 'seed', String(seed))
    addField(hash, 'weights', weights)
    addField(hash, 'losses', doubles(losses))
  }
  return hash.digest('hex')
}
