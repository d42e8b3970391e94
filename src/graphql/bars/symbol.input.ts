/** What clients may filter symbols by. */
import { Field, InputType } from 'type-graphql'
import type { SymbolKind as SymbolKindName } from '../../domain/symbol.js'
import { SymbolKind } from './symbol.type.js'

@InputType({ description: 'Which symbols to list; every condition given must hold.' })
export class SymbolFilter {
  @Field(() => String, { nullable: true, description: 'Part of the code or the name, in any case.' })
  search?: string | null

  @Field(() => SymbolKind, { nullable: true, description: 'Only indices, or only shares.' })
  kind?: SymbolKindName | null

  @Field(() => Boolean, { nullable: true, description: 'Only simulated symbols, or only real ones.' })
  simulated?: boolean | null
}
