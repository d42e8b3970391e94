/** The input of `retrain` and the arguments of `runProgress`. */
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import { LocalDate } from '../scalars.js'

@InputType({ description: 'Settings of a retrain.' })
export class RetrainInput {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field({ defaultValue: 'seed', description: 'Name of the recipe; `recipes` lists them.' })
  recipe!: string

  @Field(() => Int, {
    defaultValue: 0,
    description:
      'Seed of the initial weights and batch orders, from 0 to 2147483647. Network k of an ensemble uses the seed plus k.',
  })
  seed!: number

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'Last session that the fit may see; without it, the newest. The forecast is a replay if its target session has already opened.',
  })
  asOfSession?: Session | null

  @Field(() => Int, {
    defaultValue: 0,
    description:
      'Longest time to wait for the end of the run, from 0 to 60 seconds. With 0 the mutation returns at once; follow the run with `runProgress`.',
  })
  waitSeconds!: number
}

/** The id of the run, and the cursor to resume after. */
@ArgsType()
export class RunProgressArgs {
  @Field(() => ID, { description: 'Id of the run.' })
  id!: string

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last event received; without it, from the first event.',
  })
  after?: string | null
}
