/** Simulated bars and small recipes for the tests of the ML side. */
import type { BarColumns } from '../../../src/domain/bars/bar.js'
import type { Recipe } from '../../../src/domain/models/recipe.js'
import { SEED_RECIPE, windowBars } from '../../../src/domain/models/recipe.js'
import { addDays, parseSession } from '../../../src/domain/calendar/session.js'
import type { FitProblem } from '../../../src/ml/fit-problem.js'
import { Generator } from '../../../src/ml/generator.js'
import { buildFitProblems } from '../../../src/ml/fit/problem.js'

/** A random walk with a day's range around it, one bar a calendar day from 2020-01-01. */
export function simulateBars(count: number, seed = 1): BarColumns {
  const generator = Generator.fromSeed(seed)
  const draw = (): number => generator.nextUniform() - 0.5
  const first = parseSession('2020-01-01', 'first')
  const open = new Float64Array(count)
  const close = new Float64Array(count)
  let price = 2500
  for (let i = 0; i < count; i++) {
    open[i] = price * (1 + draw() * 0.005)
    close[i] = price *= 1 + draw() * 0.03
  }
  return {
    sessions: Array.from({ length: count }, (_, i) => addDays(first, i)),
    open,
    high: close.map((value, i) => Math.max(value, open[i] ?? 0) * 1.004),
    low: close.map((value, i) => Math.min(value, open[i] ?? 0) * 0.996),
    close,
    volume: close.map(() => Math.round(5e8 * (1 + draw()))),
  }
}

/** The seed recipe on a smaller window with fewer epochs. */
export const SMALL_RECIPE: Recipe = { ...SEED_RECIPE, name: 'small', windowSamples: 50, epochs: 10 }

/** A small ensemble on standardised log returns. */
export const RETURN_RECIPE: Recipe = {
  ...SMALL_RECIPE,
  name: 'small-returns',
  features: ['openReturn', 'highReturn', 'lowReturn', 'closeReturn', 'volumeReturn'],
  label: 'closeReturn',
  scaler: 'standard',
  head: 'linear',
  members: 3,
}

/** Takes a minute or more on any machine. */
export const ENDLESS_RECIPE: Recipe = {
  ...SEED_RECIPE,
  name: 'endless',
  windowSamples: 1000,
  lookbackBars: 100,
  hidden: 128,
  epochs: 1000,
}

export function problemFor(recipe: Recipe, key: string, seed = 1): FitProblem {
  const [problem] = buildFitProblems({ key, bars: simulateBars(windowBars(recipe)), recipe, seed }).problems
  if (problem === undefined) throw new Error(`recipe ${recipe.name} has no members`)
  return problem
}

/** The bytes of an array, so that a difference in one bit shows, and NaN equals itself. */
export function bytesOf(array: Float32Array | Float64Array | Uint16Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex')
}

/** All that a stream gives. */
export async function collect<Value>(stream: AsyncIterable<Value>): Promise<Value[]> {
  const values: Value[] = []
  for await (const value of stream) values.push(value)
  return values
}
