/** The symbol of an object that keeps its id: one query for all objects of an answer. */
import { required } from '../context.js'
import type { Context } from '../context.js'
import { toSymbolType } from './symbol.type.js'
import type { SymbolType } from './symbol.type.js'

export async function symbolOf(id: number, { loaders }: Context): Promise<SymbolType> {
  return toSymbolType(required(await loaders.symbol.load(id), 'symbol'))
}
