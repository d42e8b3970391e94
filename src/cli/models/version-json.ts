/** A model version as `--json` writes it: all but the weights and the losses of its networks. */
import type { ModelVersion } from '../../domain/models/model-version.js'

export function versionJson(version: ModelVersion) {
  return {
    id: version.id,
    number: version.number,
    recipe: version.recipeName,
    recipeHash: version.recipeHash,
    origin: version.origin,
    night: version.night,
    windowFirst: version.windowFirst,
    windowLast: version.windowLast,
    bars: version.barCount,
    samples: version.sampleCount,
    networks: version.members.length,
    dataVersion: version.dataVersion,
    seed: version.seed,
    metrics: version.metrics,
    engine: version.engine,
    engineVersion: version.engineVersion,
    device: version.device,
    durationMs: version.durationMs,
    contentHash: version.contentHash,
    createdAt: version.createdAt,
  }
}
