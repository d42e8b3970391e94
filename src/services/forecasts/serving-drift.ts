/** The drift of a version that serves: from its training window to what it is asked about now. */
import type { Drift } from '../../domain/forecasts/drift.js'
import { inputBars } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { BarReader, NewestBars } from '../../db/bars/bar-reader.js'
import { KospigraphError } from '../../errors.js'
import { liveBarsOf, liveSessionsOf, measureDrift } from '../../ml/forecasts/drift-measures.js'
import type { Engine } from '../../ml/engine/engine.js'
import { predictCloses } from '../../ml/fit/prediction.js'
import type { FittedModel } from '../../ml/fit/prediction.js'
import { newestBars } from '../../ml/samples.js'

/** The training window of a version. */
export interface FittedWindow {
  readonly windowLast: Session
  readonly barCount: number
  /** Its bars are those that were known then. */
  readonly dataVersion: number
}

/**
 * Its predictions over the live window are made here, also those of sessions that it did not serve.
 * @returns null where there are too few bars, or one of them is no number
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
  // A prediction for every live session, from the lookback that ends with it.
  const askedBars = liveSessionsOf(sinceFit) + inputBars(recipe) - 1
  if (askedBars > read.bars.sessions.length) return null
  const fitted = await bars.newest({ symbolId, to: windowLast, dataVersion }, barCount)
  try {
    const liveBars = liveBarsOf(read.bars, recipe, sinceFit)
    const predictions = await predictCloses(engine, model, newestBars(read.bars, askedBars))
    return measureDrift({ recipe, scaler, fittedBars: fitted.bars, liveBars, predictions })
  } catch (error) {
    if (error instanceof KospigraphError && error.code !== 'ABORTED') return null
    throw error
  }
}
