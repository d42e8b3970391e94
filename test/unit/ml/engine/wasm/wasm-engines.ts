/** The engines of a test, closed after it; none may leave a thread. */
import type { Engine, FitResult } from '../../../../../src/ml/engine/engine.js'
import type { FitProblem } from '../../../../../src/ml/fit-problem.js'
import { createWasmEngine } from '../../../../../src/ml/engine/wasm/wasm-engine.js'
import { collect, problemFor, SMALL_RECIPE } from '../../simulated-bars.js'
import { workerThreads } from './worker-threads.js'

const engines: Engine[] = []

export function engineWith(threads: number): Engine {
  const engine = createWasmEngine({ threads })
  engines.push(engine)
  return engine
}

/** For `afterEach`. */
export async function closeEngines(): Promise<void> {
  await Promise.all(engines.splice(0).map((engine) => engine.close()))
  expect(workerThreads()).toBe(0)
}

export function fitAll(engine: Engine, problems: Iterable<FitProblem>): Promise<FitResult[]> {
  return collect(engine.fit(problems))
}

export const seeds = Array.from({ length: 12 }, (_, i) => i)
export const small = (): FitProblem[] => seeds.map((seed) => problemFor(SMALL_RECIPE, `seed ${seed}`, seed))
