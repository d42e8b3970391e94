/** Checks a problem before it is fitted: sizes first, then the lengths of its arrays. It allocates nothing. */
import { sizeViolation } from '../bounds.js'
import { inputRowCount } from '../samples.js'
import { weightCount } from '../weights.js'
import type { FitProblem } from '../fit-problem.js'

function lengthViolation(name: string, actual: number, expected: number): string | undefined {
  return actual === expected ? undefined : `${name} has ${actual} numbers; it must have ${expected}`
}

/** Returns what is wrong with the problem's sizes, by field, or undefined. Takes constant time. */
export function shapeViolation(problem: FitProblem): string | undefined {
  const { architecture, training } = problem
  const sampleCount = problem.labels.length
  return (
    sizeViolation(architecture, training, sampleCount) ??
    lengthViolation(
      'rows',
      problem.rows.length,
      inputRowCount(sampleCount, architecture.lookback) * architecture.features,
    ) ??
    lengthViolation('initialWeights', problem.initialWeights.length, weightCount(architecture)) ??
    lengthViolation('batchOrders', problem.batchOrders.length, training.epochs * sampleCount)
  )
}

/** As {@link shapeViolation}, and checks every sample index in the batch orders. */
export function problemViolation(problem: FitProblem): string | undefined {
  return shapeViolation(problem) ?? orderViolation(problem.batchOrders, problem.labels.length)
}

/** The kernel reads memory at these indexes, so none may be outside the samples. */
function orderViolation(batchOrders: Uint16Array, sampleCount: number): string | undefined {
  // An index instead of an iterator: for short fits the iterator took 2 % of the time.
  for (let place = 0; place < batchOrders.length; place++) {
    const sample = batchOrders[place] ?? NaN
    if (!(sample < sampleCount)) return `batchOrders names sample ${sample}; there are ${sampleCount}`
  }
  return undefined
}
