/**
 * Times fits of the seed recipe over simulated bars, through the engine as everything else uses it.
 *
 * `fitMs`: one fit after the other on one thread, the time inside the worker, median and best. `fitsPerSecond`: a
 * stream of problems built from bars while the fits run, on every thread count from 1 to all cores.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { BarColumns } from '../src/domain/bar.js'
import type { Recipe } from '../src/domain/recipe.js'
import { SEED_RECIPE, windowBars } from '../src/domain/recipe.js'
import type { Session } from '../src/domain/session.js'
import { fromDayNumber } from '../src/domain/session.js'
import type { Engine, FitProblem } from '../src/ml/engine/engine.js'
import { createWasmEngine } from '../src/ml/engine/wasm/wasm-engine.js'
import { Generator } from '../src/ml/generator.js'
import { sampleProblem } from '../src/ml/problem.js'

const WARM_UP_FITS = 20
const TIMED_FITS = 100
const STREAM_MS = 5000

/** A random walk; what the numbers are does not change how long a fit takes. */
function simulatedBars(count: number): BarColumns {
  const generator = Generator.fromSeed(1)
  const draw = (): number => generator.nextUniform() - 0.5
  const close = new Float64Array(count)
  let price = 2500
  for (let i = 0; i < count; i++) close[i] = price *= 1 + draw() * 0.03
  return {
    sessions: Array.from({ length: count }, (_, i): Session => fromDayNumber(18_000 + i)),
    open: close.map((value) => value * (1 + draw() * 0.01)),
    high: close.map((value) => value * 1.01),
    low: close.map((value) => value * 0.99),
    close,
    volume: close.map(() => Math.round(5e8 * (1 + draw()))),
  }
}

/** Problems with one seed after the other, each built from the bars anew, until `stopMs`. */
function* problems(recipe: Recipe, bars: BarColumns, limit: number, stopMs = Infinity): Iterable<FitProblem> {
  for (let seed = 0; seed < limit && performance.now() < stopMs; seed++) {
    yield sampleProblem({ key: String(seed), bars, recipe, seed })
  }
}

async function fitAll(engine: Engine, source: Iterable<FitProblem>): Promise<number[]> {
  const durationsMs: number[] = []
  for await (const result of engine.fit(source)) {
    if (result.kind === 'failure') throw new Error(result.message)
    durationsMs.push(result.durationMs)
  }
  return durationsMs
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

/** `args`: the seconds of each stream, 5 where none is given. */
export async function main(args: string[]): Promise<void> {
  const streamMs = args[0] === undefined ? STREAM_MS : Math.min(20, Number(args[0])) * 1000
  const recipe = SEED_RECIPE
  const bars = simulatedBars(windowBars(recipe))
  const line = (text: string): void => void process.stdout.write(`${text}\n`)

  const cores = availableParallelism()
  const threadCounts = cores === 1 ? [1] : [1, cores]
  const fitsPerSecond: Record<string, number> = {}
  let fitMs = NaN
  let bestFitMs = NaN
  let engineName = ''
  line(`recipe ${recipe.name}: ${recipe.windowSamples} samples, ${recipe.epochs} epochs, ${cores} cores`)
  line('threads   ms per fit, median   best   fits per second')
  for (const threads of threadCounts) {
    const engine = createWasmEngine({ threads })
    try {
      engineName = engine.version
      await fitAll(engine, problems(recipe, bars, WARM_UP_FITS * threads))
      const durationsMs = await fitAll(engine, problems(recipe, bars, TIMED_FITS))
      const startedMs = performance.now()
      const streamed = await fitAll(engine, problems(recipe, bars, Infinity, startedMs + streamMs))
      const rate = streamed.length / ((performance.now() - startedMs) / 1000)
      const [middle, best] = [median(durationsMs), Math.min(...durationsMs)]
      if (threads === 1) [fitMs, bestFitMs] = [middle, best]
      fitsPerSecond[threads] = Math.round(rate)
      line(
        `${String(threads).padStart(7)} ${middle.toFixed(2).padStart(20)} ${best.toFixed(2).padStart(6)} ${rate.toFixed(0).padStart(17)}`,
      )
    } finally {
      await engine.close()
    }
  }
  const result = {
    fitMs: Number(fitMs.toFixed(3)),
    bestFitMs: Number(bestFitMs.toFixed(3)),
    fitsPerSecond: fitsPerSecond[threadCounts.at(-1) ?? 1],
    fitsPerSecondByThreads: fitsPerSecond,
    threads: threadCounts.at(-1),
    engine: engineName,
  }
  line(JSON.stringify(result))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
