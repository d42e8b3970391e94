/** Computes the drift of a serving version between its training window and the live window. */
import { placeOfLastBreak } from '../../domain/bars/actions/joined-bars.js'
import type { Drift } from '../../domain/forecasts/drift.js'
import { inputBars } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { BarReader, NewestBars } from '../../db/bars/bar-reader.js'
import { KospigraphError } from '../../errors.js'
import { liveBarsOf, liveSessionsOf, measureDrift } from '../../ml/forecasts/drift-measures.js'
import type { Engine } from '../../ml/engine/engine.js'
import { predictCloses } from '../../ml/fit/prediction.js'
import type { FittedModel } from '../../ml/fit/prediction.js'
import { levelVolumes, referenceOf } from '../../ml/fit/volume-level.js'
import { newestBars } from '../../ml/samples.js'

/** The training window of a version. */
export interface FittedWindow {
  readonly windowLast: Session
  readonly barCount: number
  /** The data version that its bars were read as of. */
  readonly dataVersion: number
}

/**
 * Predicts every session of the live window with the version, also sessions that it did not serve, and measures drift.
 * @returns null where there are too few bars, or a value is not a number
 */
export async function driftOf(
  { bars }: { readonly bars: Pick<BarReader, 'newest'> },
  engine: Engine,
  {
    symbolId,
    read,
    model,
    window,
  }: {
    readonly symbolId: number
    readonly read: NewestBars
    readonly model: FittedModel
    readonly window: FittedWindow
  },
): Promise<Drift | null> {
  const { windowLast, barCount, dataVersion } = window
  const { recipe, scaler } = model
  const sinceFit = read.bars.sessions.filter((session) => session > windowLast).length
  // Each live session needs one prediction from the lookback that ends with it.
  const neededBars = liveSessionsOf(sinceFit) + inputBars(recipe) - 1
  // The live window never crosses a break.
  if (neededBars > read.bars.sessions.length - placeOfLastBreak(read)) return null
  const fitted = await bars.newest({ symbolId, to: windowLast, dataVersion }, barCount)
  try {
    // The hours that volumes cover may have changed since the fit, which is no drift.
    const live = levelVolumes(read.bars, referenceOf(read.bars, windowLast))
    const liveBars = liveBarsOf(live, recipe, sinceFit)
    const predictions = await predictCloses(engine, model, newestBars(live, neededBars))
    return measureDrift({ recipe, scaler, fittedBars: levelVolumes(fitted.bars), liveBars, predictions })
  } catch (error) {
    if (error instanceof KospigraphError && error.code !== 'ABORTED') return null
    throw error
  }
}
