/** Verifies a model version: fits it again from the stored bars and compares the result with the stored content. */
import type { BarColumns } from '../../domain/bars/bar.js'
import { isId } from '../../domain/id.js'
import type { ModelVersion } from '../../domain/models/model-version.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Verification, VerificationChange } from '../../domain/models/verification.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { ModelVersionStore } from '../../db/models/model-versions.js'
import { KospigraphError } from '../../errors.js'
import { fingerprintBars } from '../../ml/fit/artifact.js'
import type { Engine } from '../../ml/engine/engine.js'
import type { Engines } from '../../ml/engine/engines.js'
import { fitModels } from '../../ml/fit/fit-models.js'
import type { ModelFit } from '../../ml/fit/fit-models.js'
import type { ProblemRequest } from '../../ml/fit/problem.js'
import { closenessOf, contentDifferences } from '../../ml/fit/verification.js'
import { versionContent } from '../../ml/fit/version-content.js'
import { storedRecipe } from './stored-model.js'

/** Largest difference between `tensorflow` on two devices, or between `tensorflow` and `wasm`. */
const TOLERANCE = 1e-3

export type VerifyModelVersion = (id: string, signal?: AbortSignal) => Promise<Verification>

export interface VerifyDeps {
  readonly versions: ModelVersionStore
  readonly bars: BarReader
  readonly engines: Engines
}

export function createVerifyModelVersion(deps: VerifyDeps): VerifyModelVersion {
  return async (id, signal) => {
    const [version] = isId(id) ? await deps.versions.byIds([id]) : []
    if (!version) {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `id: there is no model version "${sanitizeText(id)}"; modelVersions lists them`,
      )
    }
    const exact = version.engine === 'wasm'
    const tensorflow = exact ? undefined : await deps.engines.tensorflow(signal)
    const engine = tensorflow?.kind === 'loaded' ? tensorflow.engine : deps.engines.wasm
    // Read the bars as of the version's own data version, so that later changes of bars do not prevent the check.
    const { symbolId, windowLast, dataVersion } = version
    const { bars } = await deps.bars.newest({ symbolId, to: windowLast, dataVersion }, version.barCount)
    const recipe = await storedRecipe(deps.versions, version.recipeHash)
    const changes = changesOf(version, { engine, recipe, bars })
    const known = {
      modelVersionId: version.id,
      contentHash: version.contentHash,
      changes: changes.map(({ change }) => change),
    }
    if (recipe === undefined || changes.length > 0) {
      return {
        ...known,
        outcome: 'NOT_COMPARABLE',
        message: changes.map(({ message }) => message).join('; '),
        refitContentHash: null,
        tolerance: null,
        largestDifference: null,
      }
    }
    const fit = await refit(
      engine,
      { key: `version ${version.number}`, bars, recipe, seed: version.seed },
      signal,
    )
    return {
      ...known,
      ...(exact
        ? compareBytes(version, engine, fit, bars)
        : await compareClosely(version, engine, deps.engines.wasm, fit, bars)),
    }
  }
}

function changesOf(
  version: ModelVersion,
  now: { readonly engine: Engine; readonly recipe: Recipe | undefined; readonly bars: BarColumns },
): { readonly change: VerificationChange; readonly message: string }[] {
  const changes: { change: VerificationChange; message: string }[] = []
  // Either engine can check a version of `tensorflow`; only the same engine version can check one of `wasm`.
  const sameEngine = version.engineVersion === now.engine.version || version.engine !== now.engine.name
  if (!sameEngine) {
    changes.push({
      change: 'ENGINE_CHANGED',
      message: `it was fitted by engine ${version.engineVersion}, and this program has ${now.engine.version}`,
    })
  }
  if (now.recipe === undefined) {
    changes.push({
      change: 'RECIPE_CHANGED',
      message: `its recipe ${version.recipeName} has fields that this program does not know, or does not match its hash`,
    })
  }
  const barCount = now.bars.sessions.length
  const fingerprint = fingerprintBars(now.bars)
  if (fingerprint !== version.fingerprint) {
    changes.push({
      change: 'BARS_CHANGED',
      message:
        `the ${version.barCount} bars from ${version.windowFirst} to ${version.windowLast} have fingerprint ` +
        `${version.fingerprint.slice(0, 12)}…; the newest ${barCount} to that session, as of data version ` +
        `${version.dataVersion}, have ${fingerprint.slice(0, 12)}…`,
    })
  }
  return changes
}

async function refit(
  engine: Engine,
  request: ProblemRequest,
  signal: AbortSignal | undefined,
): Promise<ModelFit<ProblemRequest>> {
  for await (const result of fitModels(engine, [request], signal && { signal })) {
    if (result.kind === 'model') return result
    throw new KospigraphError(result.code, result.message)
  }
  throw new Error(`the engine returned no result for ${request.key}`)
}

type Compared = Omit<Verification, 'modelVersionId' | 'contentHash' | 'changes'>

function compareBytes(
  version: ModelVersion,
  engine: Engine,
  fit: ModelFit<ProblemRequest>,
  bars: BarColumns,
): Compared {
  const content = versionContent(engine, fit, bars)
  const differences = contentDifferences(version, content)
  const identical = differences.length === 0 && content.contentHash === version.contentHash
  return {
    outcome: identical ? 'IDENTICAL' : 'DIFFERENT',
    message: identical
      ? `scaler, ${version.members.length === 1 ? 'weights and losses' : `weights and losses of ${version.members.length} networks`} are equal to the stored ones in every byte`
      : `${differences.join('; ') || 'the content hash'}: different from the stored version, although engine, recipe and bars are the same`,
    refitContentHash: content.contentHash,
    tolerance: null,
    largestDifference: null,
  }
}

async function compareClosely(
  version: ModelVersion,
  engine: Engine,
  predictor: Engine,
  fit: ModelFit<ProblemRequest>,
  bars: BarColumns,
): Promise<Compared> {
  const { differences, largest } = await closenessOf(predictor, version, fit, bars)
  const found =
    largest === null
      ? `${differences.join('; ')}: different from the stored version beyond any tolerance, although recipe and bars are the same`
      : `engine ${version.engineVersion} does not guarantee equal bytes, so losses and scaled predictions were compared: they ` +
        `differ by at most ${largest.toExponential(1)}, and ${TOLERANCE} is allowed; the scaler is the same`
  return {
    outcome: largest !== null && largest <= TOLERANCE ? 'WITHIN_TOLERANCE' : 'DIFFERENT',
    message: `fitted again by ${engine.version}; ${found}`,
    refitContentHash: versionContent(engine, fit, bars).contentHash,
    tolerance: TOLERANCE,
    largestDifference: largest,
  }
}
