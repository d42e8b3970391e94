/** The GraphQL types of the symbol master. */
import { Field, ObjectType, Int } from 'type-graphql'
import type { ListedInstrument } from '../../../domain/bars/instruments/listed-instrument.js'
import { connectionType, edgeType } from '../../connection.js'
import { symbolCursor } from '../symbol.type.js'
import { InstrumentFields, derivedFields } from './instrument.type.js'

@ObjectType('Listing', {
  description: 'An instrument of the symbol master. It has bars only if `symbol` returns it too.',
})
export class ListingType extends InstrumentFields {}

@ObjectType({ description: 'An instrument of the symbol master with its cursor.' })
export class ListingEdge extends edgeType(ListingType) {}

@ObjectType({ description: 'A page of the symbol master, ordered by code.' })
export class ListingConnection extends connectionType(ListingEdge) {}

/** Both lists are ordered by code. */
export const listingCursor = symbolCursor

@ObjectType('MasterProblem', {
  description: 'A row of a symbol master that was not stored, with the reason.',
})
export class MasterProblemType {
  @Field(() => Int, { description: 'Number of the row in the delivery; the first is 1.' })
  row!: number

  @Field({ description: 'Code as delivered.' })
  code!: string

  @Field({ description: 'Reason of the rejection.' })
  message!: string
}

@ObjectType({ description: 'Outcome of `upsertSymbols`. Every row was stored, unchanged or rejected.' })
export class UpsertSymbolsResult {
  @Field(() => Int, { description: 'Number of rows in the delivery.' })
  received!: number

  @Field(() => Int, { description: 'Number of rows about instruments that were not known before.' })
  added!: number

  @Field(() => Int, { description: 'Number of rows that changed a stored value.' })
  changed!: number

  @Field(() => Int, { description: 'Number of rows that state nothing new.' })
  unchanged!: number

  @Field(() => Int, { description: 'Number of rows that were not stored.' })
  rejected!: number

  @Field(() => [MasterProblemType], { description: 'Rejected rows with their reasons, at most 1,000.' })
  problems!: readonly MasterProblemType[]
}

export function toListingType(instrument: ListedInstrument): ListingType {
  return Object.assign(new ListingType(), instrument, derivedFields(instrument))
}
