/**
 * Packed fits: the problems of one task in one buffer, which is transferred to its thread instead of cloned.
 *
 * The caller's arrays are copied once and stay usable. A clone would copy them twice, and the worker would hold
 * both copies of the largest problem at once.
 */
import type { FitProblem } from '../../fit-problem.js'

type Sizes = Readonly<Record<'rows' | 'labels' | 'initialWeights' | 'batchOrders', number>>

interface PackedProblem extends Pick<FitProblem, 'key' | 'architecture' | 'training'> {
  /** Length of each array. */
  readonly sizes: Sizes
}

export interface PackedFits {
  readonly problems: readonly PackedProblem[]
  /** Problem after problem: rows, labels, initialWeights, batchOrders, padded to whole words. */
  readonly buffer: ArrayBuffer
}

type Arrays = Pick<FitProblem, keyof Sizes>

const WORD_BYTES = 4

function packedBytes(sizes: Sizes): number {
  return WORD_BYTES * (sizes.rows + sizes.labels + sizes.initialWeights + Math.ceil(sizes.batchOrders / 2))
}

/** Returns the bytes that a problem takes while it is in flight. */
export function problemBytes(problem: FitProblem): number {
  return packedBytes(sizesOf(problem))
}

function sizesOf({ rows, labels, initialWeights, batchOrders }: Arrays): Sizes {
  return {
    rows: rows.length,
    labels: labels.length,
    initialWeights: initialWeights.length,
    batchOrders: batchOrders.length,
  }
}

/** Returns views of the arrays that start at byte `start`. */
function arraysAt(buffer: ArrayBuffer, start: number, sizes: Sizes): Arrays {
  const labelsAt = start + WORD_BYTES * sizes.rows
  const weightsAt = labelsAt + WORD_BYTES * sizes.labels
  const ordersAt = weightsAt + WORD_BYTES * sizes.initialWeights
  return {
    rows: new Float32Array(buffer, start, sizes.rows),
    labels: new Float32Array(buffer, labelsAt, sizes.labels),
    initialWeights: new Float32Array(buffer, weightsAt, sizes.initialWeights),
    batchOrders: new Uint16Array(buffer, ordersAt, sizes.batchOrders),
  }
}

/** Copies the arrays of all problems into one new buffer. */
export function packFits(problems: readonly FitProblem[]): PackedFits {
  const packed = problems.map(({ key, architecture, training, ...arrays }): PackedProblem => {
    return { key, architecture, training, sizes: sizesOf(arrays) }
  })
  const buffer = new ArrayBuffer(packed.reduce((sum, { sizes }) => sum + packedBytes(sizes), 0))
  let start = 0
  for (const [i, problem] of problems.entries()) {
    const { sizes } = packed[i] as PackedProblem
    const target = arraysAt(buffer, start, sizes)
    for (const name of Object.keys(sizes) as (keyof Sizes)[]) target[name].set(problem[name])
    start += packedBytes(sizes)
  }
  return { problems: packed, buffer }
}

/** Returns the problems as views of the buffer. */
export function unpackFits({ problems, buffer }: PackedFits): FitProblem[] {
  let start = 0
  return problems.map(({ sizes, ...problem }) => {
    const arrays = arraysAt(buffer, start, sizes)
    start += packedBytes(sizes)
    return { ...problem, ...arrays }
  })
}
