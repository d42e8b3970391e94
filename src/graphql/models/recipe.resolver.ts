/** The query for recipes. */
import { Ctx, Query, Resolver } from 'type-graphql'
import type { Context } from '../context.js'
import { Recipe } from './recipe.type.js'

@Resolver(() => Recipe)
export class RecipeResolver {
  @Query(() => [Recipe], { description: 'Recipes that `retrain` and `startBacktest` accept.' })
  recipes(@Ctx() { services }: Context): Recipe[] {
    return [...services.models.recipes()]
  }
}
