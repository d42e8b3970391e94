/** Queries for model versions, and the mutation that verifies one. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { requireId } from '../id.js'
import { symbolOf } from '../bars/symbol.relation.js'
import { SymbolType } from '../bars/symbol.type.js'
import {
  ModelVersionConnection,
  ModelVersionType,
  modelVersionCursor,
  toModelVersionType,
} from './model-version.type.js'
import { Verification } from './verification.type.js'

@Resolver(() => ModelVersionType)
export class ModelVersionResolver {
  @Query(() => ModelVersionConnection, {
    description: 'Model versions of a symbol, ordered by recipe, then newest first.',
  })
  async modelVersions(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
    @Args() page: PageArgs,
    @Arg('recipe', () => String, {
      nullable: true,
      description: 'Name of a recipe; without it, versions of every recipe.',
    })
    recipe?: string | null,
  ): Promise<Connection<ModelVersionType>> {
    const request = pageRequest(page, modelVersionCursor)
    const found = await services.models.modelVersions(symbol, recipe ?? undefined, request)
    return toConnection(found, modelVersionCursor, (version) => version, toModelVersionType)
  }

  @Query(() => ModelVersionType, {
    nullable: true,
    description: 'One model version; null if it does not exist.',
  })
  async modelVersion(
    @Ctx() { loaders }: Context,
    @Arg('id', () => ID, { description: 'Id of the model version.' }) id: string,
  ): Promise<ModelVersionType | null> {
    const version = await loaders.modelVersion.load(requireId(id))
    return version ? toModelVersionType(version) : null
  }

  @Mutation(() => Verification, {
    description:
      'Fits a stored version again from the stored bars, recipe and seed, and compares every byte. Stores nothing.',
  })
  verifyModelVersion(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the model version.' }) id: string,
  ): Promise<Verification> {
    return services.verifyModelVersion(requireId(id))
  }

  @FieldResolver(() => SymbolType, { description: 'Symbol that the version was fitted to.' })
  symbol(@Root() { symbolId }: ModelVersionType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }
}
