/** Trains one problem from its first epoch to its last on a kernel, or says why it cannot be done. */
import type { FitProblem, FitResult } from '../engine.js'
import type { Kernel } from './kernel.js'

export interface EpochDone {
  /** From 1. */
  readonly epoch: number
  readonly loss: number
}

export function train(kernel: Kernel, problem: FitProblem, onEpoch: (done: EpochDone) => void): FitResult {
  const startedMs = performance.now()
  const { key, training } = problem
  const losses = new Float64Array(training.epochs)
  kernel.start(problem)
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    const loss = kernel.trainEpoch(problem, epoch)
    if (!Number.isFinite(loss)) return diverged(key, `the loss of epoch ${epoch + 1} is ${loss}`)
    losses[epoch] = loss
    onEpoch({ epoch: epoch + 1, loss })
  }
  const weights = kernel.weights()
  if (!weights.every((weight) => Number.isFinite(weight))) {
    return diverged(key, 'a weight is not finite after the last epoch')
  }
  return { kind: 'fit', key, weights, losses, durationMs: performance.now() - startedMs }
}

function diverged(key: string, what: string): FitResult {
  return {
    kind: 'failure',
    key,
    code: 'DIVERGED',
    message: `${key}: ${what}; lower the learning rate or check the bars`,
  }
}
