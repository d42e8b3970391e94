/** The kernel's host: loads the WebAssembly module and copies arrays to and from its memory. */
import { readFileSync } from 'node:fs'
import { batchCount, batchRange, epochOrder, sampleCountOf } from '../../samples.js'
import type { Architecture, FitProblem } from '../../fit-problem.js'

/** The part of the WebAssembly API used here; TypeScript declares it only together with the browser's DOM. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** The exports of assembly/kernel.ts; addresses are in bytes. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  plan(
    features: number,
    lookback: number,
    layers: number,
    hidden: number,
    sigmoidHead: boolean,
    batchSize: number,
    sampleCount: number,
  ): number
  startAdam(
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    gradientClipNorm: number,
  ): void
  readWeights(): void
  writeWeights(): void
  trainBatch(first: number, count: number): number
  predict(count: number): void
  rowsAt(): number
  labelsAt(): number
  orderAt(): number
  weightsAt(): number
  predictionsAt(): number
  tanhOf(x: number): number
  sigmoidOf(x: number): number
}

const PREDICTION_BATCH = 32

let compiled: object | undefined

/** One instance of the kernel. It holds one problem at a time and reuses its memory for the next. */
export class Kernel {
  readonly #exports: KernelExports
  #weightCount = 0

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('./kernel.wasm', import.meta.url)))
    this.#exports = new WebAssembly.Instance(compiled).exports as KernelExports
  }

  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength
  }

  /**
   * Loads a checked problem, ready for {@link trainEpoch}.
   * @throws RangeError where memory does not suffice
   */
  start({ architecture, training, rows, labels, initialWeights }: FitProblem): void {
    this.#plan(architecture, training.batchSize, labels.length)
    this.#floats(this.#exports.rowsAt(), rows.length).set(rows)
    this.#floats(this.#exports.labelsAt(), labels.length).set(labels)
    this.#setWeights(initialWeights)
    this.#exports.startAdam(
      training.learningRate,
      training.beta1,
      training.beta2,
      training.epsilon,
      training.weightDecay,
      training.gradientClipNorm,
    )
  }

  /**
   * Trains one epoch (from 0) of the started problem. Returns its mean loss, or the first batch loss that is not
   * finite.
   */
  trainEpoch({ training, labels, batchOrders }: FitProblem, epoch: number): number {
    const sampleCount = labels.length
    new Uint16Array(this.#exports.memory.buffer, this.#exports.orderAt(), sampleCount).set(
      epochOrder(batchOrders, epoch, sampleCount),
    )
    const batches = batchCount(sampleCount, training.batchSize)
    let sum = 0
    for (let batch = 0; batch < batches; batch++) {
      const { first, count } = batchRange(batch, sampleCount, training.batchSize)
      const loss = this.#exports.trainBatch(first, count)
      if (!Number.isFinite(loss)) return loss
      sum += loss
    }
    return sum / batches
  }

  /** Returns a copy of the current weights, [weights]. */
  weights(): Float32Array {
    this.#exports.writeWeights()
    return this.#floats(this.#exports.weightsAt(), this.#weightCount).slice()
  }

  /**
   * Returns the outputs of a network, [sampleCount], for scaled rows [sampleCount + lookback - 1, features].
   * @throws RangeError where memory does not suffice
   */
  predict(architecture: Architecture, weights: Float32Array, rows: Float32Array): Float32Array {
    const sampleCount = sampleCountOf(rows.length / architecture.features, architecture.lookback)
    this.#plan(architecture, Math.min(PREDICTION_BATCH, sampleCount), sampleCount)
    this.#floats(this.#exports.rowsAt(), rows.length).set(rows)
    this.#setWeights(weights)
    this.#exports.predict(sampleCount)
    return this.#floats(this.#exports.predictionsAt(), sampleCount).slice()
  }

  /** The kernel's own functions, for tests. */
  tanh(x: number): number {
    return this.#exports.tanhOf(x)
  }

  sigmoid(x: number): number {
    return this.#exports.sigmoidOf(x)
  }

  #plan(architecture: Architecture, batchSize: number, sampleCount: number): void {
    const { features, lookback, layers, hidden, head } = architecture
    const fits = this.#exports.plan(
      features,
      lookback,
      layers,
      hidden,
      head === 'sigmoid',
      batchSize,
      sampleCount,
    )
    if (fits === 0)
      throw new RangeError(
        'The machine does not have enough memory for this fit; use a smaller recipe or fewer threads.',
      )
  }

  #setWeights(weights: Float32Array): void {
    this.#weightCount = weights.length
    this.#floats(this.#exports.weightsAt(), weights.length).set(weights)
    this.#exports.readWeights()
  }

  /** Returns a view. Memory moves when it grows, so views are never kept. */
  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#exports.memory.buffer, address, length)
  }
}
