/** The content of a model version: everything that a refit must reproduce byte for byte, and its hash. */
import type { BarColumns } from '../../domain/bars/bar.js'
import type { NewModelVersion } from '../../domain/models/model-version.js'
import { contentHash, encodeWeights, fingerprintBars, recipeHash } from './artifact.js'
import type { Engine } from '../engine/engine.js'
import type { ModelFit } from './fit-models.js'
import type { ProblemRequest } from './problem.js'
import { sliceBars } from '../samples.js'

export type VersionContent = Pick<
  NewModelVersion,
  'recipeHash' | 'fingerprint' | 'scaler' | 'members' | 'contentHash'
>

/**
 * Returns the content of a fit.
 * @param bars the bars that the fit was given; only its window is fingerprinted
 */
export function versionContent(
  engine: Pick<Engine, 'version'>,
  { model, members, window }: ModelFit<ProblemRequest>,
  bars: BarColumns,
): VersionContent {
  const { scaler, recipe } = model
  const content = {
    scaler,
    members: members.map(({ seed, weights, losses }, ordinal) => ({
      ordinal,
      seed,
      weights: encodeWeights(weights),
      losses: [...losses],
    })),
    recipeHash: recipeHash(recipe),
    fingerprint: fingerprintBars(sliceBars(bars, window.firstIndex, window.lastIndex)),
  }
  return { ...content, contentHash: contentHash({ ...content, engineVersion: engine.version }) }
}
