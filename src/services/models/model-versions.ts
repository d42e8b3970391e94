/** Reads recipes and their model versions. */
import type { ModelVersion } from '../../domain/models/model-version.js'
import { requireRecipe, windowBars } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { ModelVersionStore, VersionCursor } from '../../db/models/model-versions.js'
import type { SymbolStore } from '../../db/symbols.js'
import { recipeHash } from '../../ml/fit/artifact.js'
import { requireStoredSymbol } from '../stored-symbol.js'

export type { VersionCursor }

export interface HashedRecipe extends Recipe {
  readonly hash: string
  /** Bars that one training window needs. */
  readonly windowBars: number
}

export interface ModelVersions {
  recipes(): readonly HashedRecipe[]
  /** @throws KospigraphError BAD_USER_INPUT for a symbol that is not stored or a recipe that is not configured */
  modelVersions(
    code: string,
    recipe: string | undefined,
    request: PageRequest<VersionCursor>,
  ): Promise<Page<ModelVersion>>
  modelVersionsById(ids: readonly string[]): Promise<ModelVersion[]>
}

export function createModelVersions(deps: {
  readonly symbols: SymbolStore
  readonly versions: ModelVersionStore
  readonly recipes: readonly Recipe[]
}): ModelVersions {
  const { symbols, versions, recipes } = deps
  const hashed = recipes.map((recipe) => ({
    ...recipe,
    hash: recipeHash(recipe),
    windowBars: windowBars(recipe),
  }))
  return {
    recipes: () => hashed,
    async modelVersions(code, recipe, request) {
      const symbol = await requireStoredSymbol(symbols, code)
      const recipeName = recipe === undefined ? undefined : requireRecipe(recipes, recipe).name
      return versions.page({ symbolId: symbol.id, ...(recipeName !== undefined && { recipeName }) }, request)
    },
    modelVersionsById: (ids) => versions.byIds(ids),
  }
}
