/** The query for the providers' states, and the mutation that ends a pause. */
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { Context } from '../context.js'
import { ProviderStatusType } from './provider-status.type.js'

@Resolver()
export class ProviderStatusResolver {
  @Query(() => [ProviderStatusType], {
    description:
      'States of the providers that are configured or have been asked: whether each is asked, why not, and until when.',
  })
  async syncStatus(@Ctx() { services }: Context): Promise<readonly ProviderStatusType[]> {
    return services.providers.all()
  }

  @Mutation(() => ProviderStatusType, {
    description:
      'Ends the pause of a provider, so that the next sync asks it again. A vendor that still blocks this client may extend its block.',
  })
  async resetProvider(
    @Ctx() { services }: Context,
    @Arg('name', () => ID, { description: 'Name of the provider, such as `krx`.' }) name: string,
    @Arg('reason', () => String, { description: 'Reason, kept until the next pause; 1 to 500 characters.' })
    reason: string,
  ): Promise<ProviderStatusType> {
    return services.providers.reset(name, reason)
  }
}
