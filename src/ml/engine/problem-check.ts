/** Checks a problem from outside: sizes first, then the lengths of its arrays. Nothing is allocated for a bad one. */
import { sizeViolation } from '../bounds.js'
import { inputRowCount } from '../samples.js'
import { weightCount } from '../weights.js'
import type { FitProblem } from '../fit-problem.js'

function lengthViolation(name: string, actual: number, expected: number): string | undefined {
  return actual === expected ? undefined : `${name} has ${actual} numbers; it must have ${expected}`
}

/** What is wrong with the problem's sizes, by name, or undefined. Takes no longer for a large problem. */
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

/** As {@link shapeViolation}, and for what the batch orders name. */
export function problemViolation(problem: FitProblem): string | undefined {
  return shapeViolation(problem) ?? orderViolation(problem.batchOrders, problem.labels.length)
}

/** The kernel reads where the order says: a sample that does not exist must not get there. */
function orderViolation(batchOrders: Uint16Array, sampleCount: number): string | undefined {
  // An index and no iterator: a fit is as short as its orders are long, and this was 2 % of one.
  for (let place = 0; place < batchOrders.length; place++) {
    const sample = batchOrders[place] ?? NaN
    if (!(sample < sampleCount)) return `batchOrders names sample ${sample}; there are ${sampleCount}`
  }
  return undefined
}
