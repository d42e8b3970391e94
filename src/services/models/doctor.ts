/** The doctor: reports which engine this machine would use, how fast it is, and why. Needs no database. */
import type { Recipe } from '../../domain/models/recipe.js'
import { windowBars } from '../../domain/models/recipe.js'
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { BarColumns } from '../../domain/bars/bar.js'
import type { Clock } from '../../domain/clock.js'
import { messageOf } from '../../errors.js'
import { calibrate, estimateSeconds } from '../../ml/engine/calibration.js'
import type { Calibration, CalibrationOptions } from '../../ml/engine/calibration.js'
import type { CalibratedEngines, EngineChoice, Engines, LoadedTensorflow } from '../../ml/engine/engines.js'
import type { FitProblem } from '../../ml/fit-problem.js'
import { sampleProblem } from '../../ml/fit/problem.js'
import { simulateMarket } from '../../market/simulator.js'

/** Fits of a retrain, of a small backtest, and of a market's night. */
const FIT_COUNTS = [1, 100, 2_000] as const

export interface Choice {
  readonly fits: number
  readonly engine: string
  readonly reason: string
  /** Whether the shorter of the two estimates decided; `reason` then repeats them. */
  readonly byEstimate: boolean
  readonly wasmSeconds: number
  /** Null where TensorFlow is not usable or failed. */
  readonly tensorflowSeconds: number | null
}

export interface RecipeChoices {
  readonly recipe: string
  /** Why TensorFlow loads but could not be timed. */
  readonly tensorflowFailure: string | undefined
  readonly choices: readonly Choice[]
}

export interface Examination {
  readonly wasm: { readonly version: string; readonly device: string }
  readonly tensorflow: LoadedTensorflow
  readonly recipes: readonly RecipeChoices[]
}

/** @throws KospigraphError ABORTED where the signal ends it */
export type ExamineEngines = (signal?: AbortSignal) => Promise<Examination>

interface Timed extends Partial<CalibratedEngines> {
  readonly wasm: Calibration
  readonly tensorflowFailure?: string | undefined
}

/** A recipe's problem over simulated bars; it takes as long to fit as one over real bars. */
function simulatedProblem(recipe: Recipe, calendar: Calendar, clock: Clock): FitProblem {
  const last = calendar.lastClosedSession(clock.now())
  const [symbol] = simulateMarket({ calendar, seed: 1, sessions: windowBars(recipe), last })
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

/** Times the engines for every recipe. Counts are of fits: a recipe of several members needs that many for each model. */
export function createExamineEngines(deps: {
  readonly engines: Engines
  readonly recipes: readonly Recipe[]
  readonly calendar: Calendar
  readonly clock: Clock
  /** The clock that the engines use, see {@link CalibrationOptions}. */
  readonly nowMs?: CalibrationOptions['nowMs']
}): ExamineEngines {
  const { engines, recipes, calendar, clock, nowMs } = deps

  const timed = async (
    hasTensorflow: boolean,
    sample: FitProblem,
    signal: AbortSignal | undefined,
  ): Promise<Timed> => {
    let tensorflowFailure: string | undefined
    if (hasTensorflow) {
      try {
        return await engines.calibration(sample, signal)
      } catch (error) {
        if (signal?.aborted === true) throw error
        tensorflowFailure = messageOf(error)
      }
    }
    // If `wasm` was the engine that failed, this throws.
    const wasm = await calibrate(engines.wasm, sample, { ...(signal && { signal }), ...(nowMs && { nowMs }) })
    return { wasm, tensorflowFailure }
  }

  return async (signal) => {
    const tensorflow = await engines.tensorflow(signal)
    const examined: RecipeChoices[] = []
    for (const recipe of recipes) {
      const sample = simulatedProblem(recipe, calendar, clock)
      const calibrated = await timed(tensorflow.kind === 'loaded', sample, signal)
      const choices: Choice[] = []
      let choice: EngineChoice | undefined
      for (const fits of FIT_COUNTS) {
        // After a failure every choice would be timed again, but does not depend on the number of fits: choose once.
        if (choice === undefined || calibrated.tensorflowFailure === undefined) {
          choice = await engines.choose({ fits, sample: () => sample, signal })
        }
        choices.push({
          fits,
          engine: choice.engine.name,
          reason: choice.reason,
          byEstimate: choice.byEstimate === true,
          wasmSeconds: estimateSeconds(calibrated.wasm, fits),
          tensorflowSeconds: calibrated.tensorflow ? estimateSeconds(calibrated.tensorflow, fits) : null,
        })
      }
      examined.push({ recipe: recipe.name, tensorflowFailure: calibrated.tensorflowFailure, choices })
    }
    const { version, device } = engines.wasm
    return { wasm: { version, device }, tensorflow, recipes: examined }
  }
}
