/** The filter of the `symbols` query. */
import { Field, InputType } from 'type-graphql'
import type { SymbolKind as SymbolKindName } from '../../domain/symbol.js'
import { SymbolKind } from './symbol.type.js'

/** Longer than any name. */
export const MAX_SEARCH_LENGTH = 200

@InputType({ description: 'Filter for symbols. A symbol must match every given field.' })
export class SymbolFilter {
  @Field(() => String, {
    nullable: true,
    description: `Text that the code or the name contains; upper and lower case are equal. At most ${MAX_SEARCH_LENGTH} characters.`,
  })
  search?: string | null

  @Field(() => SymbolKind, { nullable: true, description: 'Return only symbols of this kind.' })
  kind?: SymbolKindName | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'True returns only simulated symbols, false only real ones.',
  })
  simulated?: boolean | null
}
