/** Resolves the symbol of an object by its stored id, with one query for all objects of a response. */
import { required } from '../context.js'
import type { Context } from '../context.js'
import { toSymbolType } from './symbol.type.js'
import type { SymbolType } from './symbol.type.js'

export async function symbolOf(id: number, { loaders }: Context): Promise<SymbolType> {
  return toSymbolType(required(await loaders.symbol.load(id), 'symbol'))
}
