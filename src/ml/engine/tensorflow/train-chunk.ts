/**
 * Trains the problems of a chunk from their first epoch to their last, as one tensor program.
 *
 * It blocks the thread until it is done, and calls `isStopped` between steps. Losses are read back once an epoch,
 * weights once at the end, because every read waits for the device.
 */
import { batchCount } from '../../samples.js'
import { weightCount } from '../../weights.js'
import { divergedMessage, lossViolation, weightsViolation } from '../divergence.js'
import type { FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import type { OptimiserState } from './adam.js'
import { Adam, adamScalars } from './adam.js'
import { gatherBatch, sampleInputs, stackedWeights } from './chunk.js'
import type { Batch } from './network.js'
import { Network, networkScalars } from './network.js'
import { Scalars } from './scalars.js'
import type { Tensor, TensorLibrary } from './tensor-library.js'

export interface ChunkHooks {
  /** Called before each step. */
  readonly isStopped: () => boolean
  /** `losses` are the epoch's mean losses in the order of the problems; `epoch` counts from 1. */
  readonly onEpoch: (epoch: number, losses: Float64Array) => void
}

/**
 * Returns one result for each problem in order, or undefined where it was stopped. No tensor outlives the call.
 * @param problems checked, with equal {@link chunkKey} (chunk.ts)
 * @throws any error of the library, for example out of memory
 */
export function trainChunk(
  tf: TensorLibrary,
  problems: readonly FitProblem[],
  hooks: ChunkHooks,
): FitResult[] | undefined {
  const startedMs = performance.now()
  const training = new ChunkTraining(tf, problems)
  try {
    const trained = training.run(hooks)
    if (trained === undefined) return undefined
    // A single problem's time is unknown, so each gets an equal share of the total.
    const durationMs = (performance.now() - startedMs) / problems.length
    return problems.map(({ key }, i): FitResult => {
      const weights = trained.weightsOf(i)
      const violation = trained.violations[i] ?? weightsViolation(weights)
      return violation === undefined
        ? { kind: 'fit', key, weights, losses: trained.lossesOf(i), durationMs }
        : { kind: 'failure', key, code: 'DIVERGED', message: divergedMessage(key, violation) }
    })
  } finally {
    training.dispose()
  }
}

interface Trained {
  /** Divergence of each problem's losses, if any. */
  readonly violations: readonly (string | undefined)[]
  readonly weightsOf: (problem: number) => Float32Array
  readonly lossesOf: (problem: number) => Float64Array
}

class ChunkTraining {
  readonly #tf: TensorLibrary
  readonly #problems: readonly FitProblem[]
  /** Stands for all problems, which are alike. */
  readonly #first: FitProblem
  readonly #scalars: Scalars
  readonly #network: Network
  readonly #adam: Adam
  /** [M * samples, lookback * features] */
  readonly #inputs: Tensor
  #state: OptimiserState
  /** Sum of the losses of the epoch's batches so far, [M]. */
  #lossSum: Tensor | undefined

  constructor(tf: TensorLibrary, problems: readonly FitProblem[]) {
    const [first] = problems as [FitProblem]
    const { architecture, training, labels } = first
    const sizes = [Math.min(training.batchSize, labels.length), labels.length % training.batchSize]
    this.#tf = tf
    this.#problems = problems
    this.#first = first
    // Inside one tidy, so that none is left where memory does not suffice for all.
    const [inputs, weights, firstMoments, secondMoments] = tf.tidy((): [Tensor, Tensor, Tensor, Tensor] => {
      const width = architecture.lookback * architecture.features
      const initial = stackedWeights(problems)
      const shape = [problems.length, initial.length / problems.length]
      return [
        tf.tensor(sampleInputs(problems), [problems.length * labels.length, width]),
        tf.tensor(initial, shape),
        tf.zeros(shape),
        tf.zeros(shape),
      ]
    })
    this.#inputs = inputs
    this.#state = { weights, firstMoments, secondMoments }
    try {
      this.#scalars = new Scalars(tf, [...adamScalars(training), ...sizes.flatMap(networkScalars)])
    } catch (error) {
      this.#disposeState()
      throw error
    }
    this.#network = new Network(tf, this.#scalars, architecture, problems.length)
    this.#adam = new Adam(tf, this.#scalars, training)
  }

  run({ isStopped, onEpoch }: ChunkHooks): Trained | undefined {
    const { architecture, training } = this.#first
    const violations = this.#problems.map((): string | undefined => undefined)
    const epochs: Float64Array[] = []
    for (let epoch = 0; epoch < training.epochs; epoch++) {
      const losses = this.#epoch(epoch, isStopped)
      if (losses === undefined) return undefined
      epochs.push(losses)
      onEpoch(epoch + 1, losses)
      losses.forEach((loss, i) => {
        violations[i] ??= lossViolation(epoch + 1, loss, epochs[0]?.[i] ?? NaN)
      })
      // A diverged problem goes on unread beside the others; once all have diverged, stop.
      if (violations.every((violation) => violation !== undefined)) break
    }
    const weights = this.#state.weights.dataSync() as Float32Array
    const length = weightCount(architecture)
    return {
      violations,
      weightsOf: (problem) => weights.slice(problem * length, (problem + 1) * length),
      lossesOf: (problem) => Float64Array.from(epochs, (losses) => losses[problem] ?? NaN),
    }
  }

  dispose(): void {
    this.#disposeState()
    this.#scalars.dispose()
  }

  #disposeState(): void {
    const { weights, firstMoments, secondMoments } = this.#state
    for (const tensor of [weights, firstMoments, secondMoments, this.#inputs, this.#lossSum])
      tensor?.dispose()
  }

  /** Returns the epoch's mean losses, [M], or undefined where it was stopped. */
  #epoch(epoch: number, isStopped: () => boolean): Float64Array | undefined {
    const { training, labels } = this.#first
    const batches = batchCount(labels.length, training.batchSize)
    for (let batch = 0; batch < batches; batch++) {
      if (isStopped()) return undefined
      this.#step(epoch, batch)
    }
    const losses = Float64Array.from(this.#lossSum?.dataSync() ?? [], (loss) => loss / batches)
    this.#lossSum?.dispose()
    this.#lossSum = undefined
    return losses
  }

  #step(epoch: number, batch: number): void {
    const tf = this.#tf
    const [before, sum] = [this.#state, this.#lossSum]
    const [weights, firstMoments, secondMoments, lossSum] = tf.tidy(() => {
      const [loss, gradients] = this.#network.gradients(before.weights, this.#batch(epoch, batch))
      const after = this.#adam.step(before, gradients)
      const total = sum === undefined ? loss : tf.add(sum, loss)
      return [after.weights, after.firstMoments, after.secondMoments, total]
    })
    for (const old of [before.weights, before.firstMoments, before.secondMoments, sum]) old?.dispose()
    this.#state = { weights, firstMoments, secondMoments }
    this.#lossSum = lossSum
  }

  #batch(epoch: number, batch: number): Batch {
    const tf = this.#tf
    const { places, labels, count } = gatherBatch(this.#problems, { epoch, batch })
    const { features, lookback } = this.#first.architecture
    const problems = this.#problems.length
    const inputs = tf.gather(this.#inputs, tf.tensor1d(places, 'int32'))
    return {
      inputs: tf.reshape(inputs, [problems, count, lookback * features]),
      labels: tf.tensor(labels, [problems, count, 1]),
      count,
    }
  }
}
