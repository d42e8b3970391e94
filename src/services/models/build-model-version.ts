/** Builds fit requests from stored bars, and model versions with their next prediction from fits. */
import { placeOfLastBreak } from '../../domain/bars/actions/joined-bars.js'
import type { NewModelVersion } from '../../domain/models/model-version.js'
import { windowBars } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NewestBars } from '../../db/bars/bar-reader.js'
import type { Engine } from '../../ml/engine/engine.js'
import type { ModelFit } from '../../ml/fit/fit-models.js'
import { predictNextClose } from '../../ml/fit/prediction.js'
import type { NextClose } from '../../ml/fit/prediction.js'
import type { ProblemRequest } from '../../ml/fit/problem.js'
import { newestBars } from '../../ml/samples.js'
import { trainingMetrics } from '../../ml/fit/training-metrics.js'
import { versionContent } from '../../ml/fit/version-content.js'

/** A new model version, and its prediction of the session after its bars. */
export interface BuiltModelVersion {
  readonly recipe: Recipe
  readonly version: NewModelVersion
  readonly next: NextClose
}

/**
 * Returns the request for a fit of the newest training window, which never crosses a break of the series.
 * @param read at least the recipe's training window, or all bars where fewer are stored
 */
export function problemRequestOf(
  read: NewestBars,
  { key, recipe, seed }: Pick<ProblemRequest, 'key' | 'recipe' | 'seed'>,
): ProblemRequest {
  const broken = placeOfLastBreak(read)
  const bars = newestBars(read.bars, Math.min(windowBars(recipe), read.bars.sessions.length - broken))
  return { key, bars, recipe, seed, brokeOn: broken > 0 ? read.bars.sessions[broken] : undefined }
}

/** @param made the version's origin and night, and the data version of its bars */
export async function buildModelVersion(
  engine: Engine,
  fit: ModelFit<ProblemRequest>,
  made: Pick<NewModelVersion, 'origin' | 'night' | 'dataVersion'>,
): Promise<BuiltModelVersion> {
  const { bars, recipe, seed } = fit.request
  const { model, window } = fit
  const next = await predictNextClose(engine, model, bars)
  return {
    recipe,
    version: {
      recipeName: recipe.name,
      windowFirst: sessionAt(bars.sessions, window.firstIndex),
      windowLast: sessionAt(bars.sessions, window.lastIndex),
      barCount: window.barCount,
      sampleCount: window.sampleCount,
      seed,
      metrics: await trainingMetrics(engine, fit, bars),
      engine: engine.name,
      engineVersion: engine.version,
      device: engine.device,
      ...made,
      durationMs: fit.durationMs,
      ...versionContent(engine, fit, bars),
    },
    next,
  }
}

function sessionAt(sessions: readonly Session[], place: number): Session {
  const session = sessions[place]
  if (session === undefined) throw new RangeError(`there is no bar at index ${place} of ${sessions.length}`)
  return session
}
