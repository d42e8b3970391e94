/**
 * Chunks: which problems may train as one tensor program, how many of them, and their data as joint arrays.
 *
 * Problems of one chunk have equal architecture, training and sample count. They may differ in bars, labels,
 * initial weights and batch orders.
 */
import { batchRange, epochOrder } from '../../samples.js'
import { weightCount } from '../../weights.js'
import type { FitProblem } from '../../fit-problem.js'

const FLOAT_BYTES = 4

/**
 * Returns an upper estimate of the bytes that one problem's tensors need in training; a test compares it with the
 * real ones.
 */
export function workingBytes({ architecture, training, labels }: FitProblem): number {
  const { features, lookback, layers, hidden } = architecture
  const samples = Math.min(training.batchSize, labels.length)
  // States of all layers stay until the backward pass has used them; a layer's other tensors are freed with it.
  const states = samples * lookback * hidden * (layers + 12)
  const inputs = (labels.length + 2 * samples) * lookback * features + 12 * samples
  // Weights, gradients and both moments, before and after a step, and intermediate results.
  const weights = weightCount(architecture) * 18
  return FLOAT_BYTES * (states + inputs + weights)
}

/** Returns a key; problems with equal keys may share a chunk. */
export function chunkKey({ architecture, training, labels }: FitProblem): string {
  const { features, lookback, layers, hidden, head } = architecture
  const { epochs, batchSize, learningRate, beta1, beta2, epsilon, weightDecay, gradientClipNorm } = training
  return JSON.stringify([
    ...[features, lookback, layers, hidden, head, labels.length],
    ...[epochs, batchSize, learningRate, beta1, beta2, epsilon, weightDecay, gradientClipNorm],
  ])
}

/** Returns how many problems like this one fit into a chunk: at least one, even where it exceeds the bounds. */
export function chunkLimit(
  problem: FitProblem,
  bounds: { readonly memoryBytes: number; readonly fits: number },
): number {
  return Math.max(1, Math.min(bounds.fits, Math.floor(bounds.memoryBytes / workingBytes(problem))))
}

/**
 * Returns the inputs of every sample of every problem, [M * sampleCount, lookback * features]: `lookback` times
 * the bytes of the rows. A batch is then one gather of whole samples. A gather from the rows would take `lookback`
 * times as many indices, each of which tfjs-node reads back in JavaScript to check. Copying the samples in
 * JavaScript took 0.6 to 1.1 ms a step for 1024 problems of the `seed` recipe; the indices take 0.1 ms.
 */
export function sampleInputs(problems: readonly FitProblem[]): Float32Array {
  const [{ architecture, labels }] = problems as [FitProblem]
  const width = architecture.lookback * architecture.features
  const inputs = new Float32Array(problems.length * labels.length * width)
  let to = 0
  for (const { rows } of problems) {
    for (let sample = 0; sample < labels.length; sample++) {
      let from = sample * architecture.features
      for (const end = to + width; to < end; to++) inputs[to] = rows[from++] ?? NaN
    }
  }
  return inputs
}

/**
 * Returns one batch of every problem, each in its own order: indexes into {@link sampleInputs} and labels, [M *
 * count] each.
 */
export function gatherBatch(
  problems: readonly FitProblem[],
  { epoch, batch }: { readonly epoch: number; readonly batch: number },
): { readonly places: Int32Array; readonly labels: Float32Array; readonly count: number } {
  const [{ training, labels: firstLabels }] = problems as [FitProblem]
  const sampleCount = firstLabels.length
  const { first, count } = batchRange(batch, sampleCount, training.batchSize)
  const places = new Int32Array(problems.length * count)
  const labels = new Float32Array(problems.length * count)
  let to = 0
  for (const [place, problem] of problems.entries()) {
    const order = epochOrder(problem.batchOrders, epoch, sampleCount)
    for (let i = first; i < first + count; i++) {
      const sample = order[i] ?? 0
      places[to] = place * sampleCount + sample
      labels[to++] = problem.labels[sample] ?? NaN
    }
  }
  return { places, labels, count }
}

/** Returns the initial weights of all problems, [M, weights]. */
export function stackedWeights(problems: readonly FitProblem[]): Float32Array {
  const [{ initialWeights }] = problems as [FitProblem]
  const all = new Float32Array(problems.length * initialWeights.length)
  problems.forEach((problem, i) => all.set(problem.initialWeights, i * initialWeights.length))
  return all
}
