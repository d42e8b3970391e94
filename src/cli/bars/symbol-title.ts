/** A symbol as titles name it. */
import type { StoredSymbol } from '../../domain/symbol.js'

/** `KOSPI Composite Index`, `005930 Samsung Electronics`, `005930`: the code, and the name where it adds something. */
export function titleOf({ code, name }: Pick<StoredSymbol, 'code' | 'name'>): string {
  return name.startsWith(code) ? name : `${code} ${name}`
}
