/** The GraphQL types of the providers' states. */
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { CIRCUIT_STATES } from '../../domain/sync/provider-circuit.js'
import type { CircuitState as StateName } from '../../domain/sync/provider-circuit.js'
import { enumOf } from '../enum.js'
import { DateTime } from '../scalars.js'

export const CircuitState = enumOf(CIRCUIT_STATES)
registerEnumType(CircuitState, {
  name: 'CircuitState',
  description: 'Whether a provider is asked for bars.',
  valuesConfig: {
    CLOSED: { description: 'It is asked.' },
    OPEN: {
      description: 'It is not asked before `until`: it blocks this client, or failed three times in a row.',
    },
    HALF_OPEN: {
      description: 'One symbol is being requested as a trial; other symbols wait for its outcome.',
    },
  },
})

@ObjectType('ProviderStatus', { description: 'State of one provider of bars, shared by all processes.' })
export class ProviderStatusType {
  @Field(() => ID, { description: 'Name of the provider, as in `PROVIDERS`.' })
  provider!: string

  @Field({ description: 'Whether `PROVIDERS` names it.' })
  configured!: boolean

  @Field(() => CircuitState, { description: 'Whether it is asked.' })
  state!: StateName

  @Field(() => DateTime, { description: 'Start of the current state.' })
  since!: Date

  @Field(() => DateTime, {
    nullable: true,
    description:
      'For OPEN, the end of the pause. For HALF_OPEN, the time at which an unfinished trial is given up. Null for CLOSED.',
  })
  until!: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'Reason of the last pause or of the last reset; null before the first.',
  })
  reason!: string | null

  @Field(() => Int, { description: 'Number of consecutive outages, over all syncs.' })
  outages!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time of the last readable answer, to the minute; null before the first.',
  })
  lastSuccessAt!: Date | null

  @Field(() => Int, { description: 'Number of HTTP requests today in Korea, including retries.' })
  callsToday!: number

  @Field(() => Int, { nullable: true, description: 'Limit of HTTP requests a day; null without a limit.' })
  callsPerDay!: number | null
}
