/** Loads a stored model version as a model that can predict. */
import type { ModelVersion } from '../../domain/models/model-version.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { ModelVersionStore } from '../../db/models/model-versions.js'
import { decodeWeights, recipeHash } from '../../ml/fit/artifact.js'
import type { FittedModel } from '../../ml/fit/prediction.js'
import { readRecipe } from '../../ml/fit/recipe-file.js'

/** @returns the recipe with this hash; undefined where this program cannot read it */
export async function storedRecipe(
  versions: Pick<ModelVersionStore, 'recipeConfig'>,
  hash: string,
): Promise<Recipe | undefined> {
  const recipe = readRecipe(await versions.recipeConfig(hash))
  return recipe !== undefined && recipeHash(recipe) === hash ? recipe : undefined
}

/** @returns undefined where this program cannot read the version's recipe */
export async function storedModel(
  versions: Pick<ModelVersionStore, 'recipeConfig'>,
  { recipeHash: hash, scaler, members, windowLast }: ModelVersion,
): Promise<FittedModel | undefined> {
  const recipe = await storedRecipe(versions, hash)
  if (!recipe) return undefined
  return {
    recipe,
    scaler,
    members: members.map(({ weights }) => decodeWeights(weights)),
    fittedTo: windowLast,
  }
}
