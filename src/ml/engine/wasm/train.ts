/** Trains one problem on a kernel, from its first epoch to its last, and checks for divergence. */
import { divergedMessage, lossViolation, weightsViolation } from '../divergence.js'
import type { EpochDone, FitResult } from '../engine.js'
import type { FitProblem } from '../../fit-problem.js'
import type { Kernel } from './kernel.js'

/** Returns the trained fit, or a DIVERGED failure. Calls `onEpoch` after every epoch. */
export function train(kernel: Kernel, problem: FitProblem, onEpoch: (done: EpochDone) => void): FitResult {
  const startedMs = performance.now()
  const { key, training } = problem
  const losses = new Float64Array(training.epochs)
  kernel.start(problem)
  for (let epoch = 0; epoch < training.epochs; epoch++) {
    const loss = kernel.trainEpoch(problem, epoch)
    losses[epoch] = loss
    const violation = lossViolation(epoch + 1, loss, losses[0] ?? NaN)
    if (violation !== undefined) return diverged(key, violation)
    onEpoch({ epoch: epoch + 1, loss })
  }
  const weights = kernel.weights()
  const violation = weightsViolation(weights)
  if (violation !== undefined) return diverged(key, violation)
  return { kind: 'fit', key, weights, losses, durationMs: performance.now() - startedMs }
}

function diverged(key: string, violation: string): FitResult {
  return { kind: 'failure', key, code: 'DIVERGED', message: divergedMessage(key, violation) }
}
