/** What a retrain is asked for with. */
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import { LocalDate } from '../scalars.js'

@InputType({ description: 'One retrain.' })
export class RetrainInput {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field({ defaultValue: 'seed', description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => Int, { defaultValue: 0, description: 'Seed of initial weights and batch orders, from 0.' })
  seed!: number

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'Bars after this session are not seen; without it, all are. The forecast is then a replay, unless its session is still to come.',
  })
  asOfSession?: Session | null

  @Field(() => Int, {
    defaultValue: 0,
    description:
      'Answer when the run has ended, or after so many seconds if it has not; 60 at most. 0 answers at once, and `runProgress` tells the rest.',
  })
  waitSeconds!: number
}

/** Whose progress, and from where on. */
@ArgsType()
export class RunProgressArgs {
  @Field(() => ID, { description: 'Id of the run.' })
  id!: string

  @Field(() => String, { nullable: true, description: 'Cursor of the last event seen.' })
  after?: string | null
}
