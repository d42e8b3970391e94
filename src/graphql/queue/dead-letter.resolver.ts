/** The query for jobs that were given up, and the mutations that decide what becomes of them. */
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
    description: 'Jobs that were given up after their last attempt, the newest job first.',
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
      'Gives a job that was given up all of its attempts again, once the cause is gone, and opens again what it is about: the run, the backtest after the folds that it has, the night with what is missing. Answers with the dead letter as it was; one of a night whose next session has opened is refused.',
  })
  async retryDeadLetter(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<DeadLetterType> {
    return toDeadLetterType(await services.deadLetters.retry(requireJobId(id)))
  }

  @Mutation(() => DeadLetterType, {
    description:
      'Takes a job that was given up out of the queue for good, and answers with it as it was. What it was about keeps its state and its error.',
  })
  async discardDeadLetter(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<DeadLetterType> {
    return toDeadLetterType(await services.deadLetters.discard(requireJobId(id)))
  }
}

/** @throws KospigraphError BAD_USER_INPUT */
function requireJobId(text: string): string {
  if (isJobId(text)) return text
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `id: "${sanitizeText(text)}" is not an id that this server gives; deadLetters lists them`,
  )
}
