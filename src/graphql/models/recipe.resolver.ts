/** The query for recipes. */
import { Ctx, Query, Resolver } from 'type-graphql'
import type { Context } from '../context.js'
import { Recipe } from './recipe.type.js'

@Resolver(() => Recipe)
export class RecipeResolver {
  @Query(() => [Recipe], { description: 'The recipes that `retrain` knows.' })
  recipes(@Ctx() { services }: Context): Recipe[] {
    return [...services.models.recipes()]
  }
}
