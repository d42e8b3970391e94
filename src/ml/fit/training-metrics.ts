/**
 * Training metrics: how well a fit reproduces its own training window. They predict nothing about unseen sessions.
 */
import type { BarColumns } from '../../domain/bars/bar.js'
import type { TrainingMetrics } from '../../domain/models/model-version.js'
import type { Engine } from '../engine/engine.js'
import type { ModelFit } from './fit-models.js'
import { predictCloses } from './prediction.js'
import { mae, rmse, skill } from '../metrics/forecast-metrics.js'
import type { ProblemRequest } from './problem.js'
import { sliceBars } from '../samples.js'
import { levelVolumes } from './volume-level.js'

/**
 * Measures a fit on its own training window, in prices.
 * @param bars the bars that the fit was given
 */
export async function trainingMetrics(
  engine: Engine,
  { model, members, window }: Pick<ModelFit<ProblemRequest>, 'model' | 'members' | 'window'>,
  bars: BarColumns,
): Promise<TrainingMetrics> {
  // Without the last bar: the session after it is outside the window.
  const fitted = levelVolumes(sliceBars(bars, window.firstIndex, window.lastIndex))
  const inputs = sliceBars(fitted, 0, window.lastIndex - window.firstIndex - 1)
  const predictions = await predictCloses(engine, model, inputs)
  const actual = bars.close.slice(window.lastIndex + 1 - window.sampleCount, window.lastIndex + 1)
  const predicted = Float64Array.from(predictions, ({ predictedClose }) => predictedClose)
  const previous = Float64Array.from(predictions, ({ lastClose }) => lastClose)
  const modelRmse = rmse(predicted, actual)
  const persistenceRmse = rmse(previous, actual)
  return {
    finalLoss: members.reduce((sum, { losses }) => sum + (losses.at(-1) ?? NaN), 0) / members.length,
    rmse: modelRmse,
    mae: mae(predicted, actual),
    persistenceRmse,
    skill: skill(modelRmse, persistenceRmse),
    saturatedShare: predictions.filter(({ saturated }) => saturated).length / window.sampleCount,
  }
}
