/** The kernel's host: loads the WebAssembly module and moves arrays in and out of its memory. */
import { readFileSync } from 'node:fs'
import { batchCount, batchRange, epochOrder, sampleCountOf } from '../../samples.js'
import type { Architecture, FitProblem } from '../../fit-problem.js'

/** The part of the WebAssembly API used here; TypeScript declares it only together with the browser's DOM. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** As assembly/kernel.ts exports them; addresses are bytes. */
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

/** One instance of the kernel; it holds one problem at a time and keeps its memory for the next. */
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

  /** Takes a checked problem in, ready for {@link trainEpoch}. */
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
   * Trains one epoch of the started problem; gives its mean loss, or the first batch's that is not finite.
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

  /** A copy of the weights as they are now. */
  weights(): Float32Array {
    this.#exports.writeWeights()
    return this.#floats(this.#exports.weightsAt(), this.#weightCount).slice()
  }

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
    if (fits === 0) throw new RangeError('The machine has not enough memory for this fit.')
  }

  #setWeights(weights: Float32Array): void {
    this.#weightCount = weights.length
    this.#floats(this.#exports.weightsAt(), weights.length).set(weights)
    this.#exports.readWeights()
  }

  /** Memory moves when it grows, so views are made where they are used. */
  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#exports.memory.buffer, address, length)
  }
}
