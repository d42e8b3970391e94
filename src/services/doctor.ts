/** The doctor: what this machine would fit with, how fast, and why. Needs no database. */
import type { Recipe } from '../domain/recipe.js'
import { windowBars } from '../domain/recipe.js'
import { lastClosedSession } from '../domain/calendar.js'
import type { BarColumns } from '../domain/bar.js'
import type { Clock } from '../domain/clock.js'
import { calibrate, estimateSeconds } from '../ml/engine/calibration.js'
import type { Calibration } from '../ml/engine/calibration.js'
import type { Engines, LoadedTensorflow } from '../ml/engine/engines.js'
import type { FitProblem } from '../ml/engine/engine.js'
import { sampleProblem } from '../ml/problem.js'
import { simulateMarket } from '../market/simulator.js'

/** A retrain, a small backtest, a market's night. */
const FIT_COUNTS = [1, 100, 2_000] as const

export interface Choice {
  readonly fits: number
  readonly engine: string
  readonly reason: string
  readonly wasmSeconds: number
  /** Null where TensorFlow cannot be used. */
  readonly tensorflowSeconds: number | null
}

export interface RecipeChoices {
  readonly recipe: string
  readonly choices: readonly Choice[]
}

export interface Examination {
  readonly wasm: { readonly version: string; readonly device: string }
  readonly tensorflow: LoadedTensorflow
  readonly recipes: readonly RecipeChoices[]
}

export type ExamineEngines = () => Promise<Examination>

/** A recipe's problem over simulated bars: as large, and as long to fit, as one over real ones. */
function simulatedProblem(recipe: Recipe, clock: Clock): FitProblem {
  const last = lastClosedSession(clock.now())
  const [symbol] = simulateMarket({ seed: 1, sessions: windowBars(recipe), last })
  const rows = symbol?.bars ?? []
  const bars: BarColumns = {
    sessions: rows.map(({ session }) => session),
    open: Float64Array.from(rows, ({ open }) => open),
    high: Float64Array.from(rows, ({ high }) => high),
    low: Float64Array.from(rows, ({ low }) => low),
    close: Float64Array.from(rows, ({ close }) => close),
    volume: Float64Array.from(rows, ({ volume }) => Number(volume)),
  }
  return sampleProblem({ key: recipe.name, bars, recipe, seed: 0 })
}

/** A recipe of several members makes that many fits of each model; the counts here are of fits. */
export function createExamineEngines(deps: {
  readonly engines: Engines
  readonly recipes: readonly Recipe[]
  readonly clock: Clock
}): ExamineEngines {
  const { engines, recipes, clock } = deps
  return async () => {
    const tensorflow = await engines.tensorflow()
    const examined: RecipeChoices[] = []
    for (const recipe of recipes) {
      const sample = simulatedProblem(recipe, clock)
      const calibrations: { wasm: Calibration; tensorflow?: Calibration } =
        tensorflow.kind === 'loaded'
          ? await engines.calibration(sample)
          : { wasm: await calibrate(engines.wasm, sample) }
      const choices: Choice[] = []
      for (const fits of FIT_COUNTS) {
        const { engine, reason } = await engines.choose({ fits, sample: () => sample })
        choices.push({
          fits,
          engine: engine.name,
          reason,
          wasmSeconds: estimateSeconds(calibrations.wasm, fits),
          tensorflowSeconds: calibrations.tensorflow ? estimateSeconds(calibrations.tensorflow, fits) : null,
        })
      }
      examined.push({ recipe: recipe.name, choices })
    }
    const { version, device } = engines.wasm
    return { wasm: { version, device }, tensorflow, recipes: examined }
  }
}
