/** Fits one problem on either engine: an invalid one is a failure by its name, and the last epoch is always reported. */
import type { FitProblem } from '../fit-problem.js'
import type { EpochDone, FitOptions, FitResult } from './engine.js'
import { shapeViolation } from './problem-check.js'

/** What an engine fits the problems of one stream with. */
interface Fitter {
  fit(problem: FitProblem, onEpoch?: (done: EpochDone) => void): Promise<FitResult>
}

export async function fitWhereValid(
  fitter: Fitter,
  problem: FitProblem,
  onProgress: FitOptions['onProgress'],
): Promise<FitResult> {
  const { key } = problem
  const { epochs } = problem.training
  const violation = shapeViolation(problem)
  if (violation !== undefined) {
    return { kind: 'failure', key, code: 'INVALID_PROBLEM', message: `${key}: ${violation}` }
  }
  const result = await fitter.fit(problem, onProgress && ((done) => onProgress({ key, epochs, ...done })))
  if (result.kind === 'fit') onProgress?.({ key, epochs, epoch: epochs, loss: result.losses.at(-1) ?? NaN })
  return result
}
