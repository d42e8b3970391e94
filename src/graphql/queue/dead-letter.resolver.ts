/** The query for dead letters, and the mutations that retry and discard them. */
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { KospigraphError } from '../../errors.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import {
  DeadLetterConnection,
  DeadLetterType,
  deadLetterCursor,
  isJobId,
  toDeadLetterType,
} from './dead-letter.type.js'

@Resolver(() => DeadLetterType)
export class DeadLetterResolver {
  @Query(() => DeadLetterConnection, {
    description: 'Jobs that failed in all of their attempts, newest first.',
  })
  async deadLetters(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
  ): Promise<Connection<DeadLetterType>> {
    const found = await services.deadLetters.page(pageRequest(page, deadLetterCursor))
    return toConnection(found, deadLetterCursor, ({ id }) => id, toDeadLetterType)
  }

  @Mutation(() => DeadLetterType, {
    description:
      'Queues a dead letter again with all of its attempts, and reopens its run, backtest or night. Returns the dead letter as it was. A night whose next session has opened is refused.',
  })
  async retryDeadLetter(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the dead letter.' }) id: string,
  ): Promise<DeadLetterType> {
    return toDeadLetterType(await services.deadLetters.retry(requireJobId(id)))
  }

  @Mutation(() => DeadLetterType, {
    description:
      'Deletes a dead letter from the queue and returns it as it was. Its run, backtest or night keeps its status and its error.',
  })
  async discardDeadLetter(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the dead letter.' }) id: string,
  ): Promise<DeadLetterType> {
    return toDeadLetterType(await services.deadLetters.discard(requireJobId(id)))
  }
}

/** @throws KospigraphError BAD_USER_INPUT if the text is not the id of a job */
function requireJobId(text: string): string {
  if (isJobId(text)) return text
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `id: "${sanitizeText(text)}" is not the id of a dead letter; the query deadLetters lists them`,
  )
}
