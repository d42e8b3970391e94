/** A snapshot of the symbol master in memory: instruments by code and by name. */
import { defineSymbol } from '../../symbol.js'
import type { SymbolDefinition } from '../../symbol.js'
import type { ListedInstrument } from './listed-instrument.js'

export interface InstrumentDirectory {
  /** Defines a symbol by its code, with kind, market and names where the master has them. */
  define(code: string): SymbolDefinition
  /**
   * Finds instruments by their Korean or English name, in any case and with any spaces.
   * @returns their codes in order: none, one, or several of the same name
   */
  byName(name: string): readonly string[]
}

export function createInstrumentDirectory(instruments: readonly ListedInstrument[]): InstrumentDirectory {
  const byCode = new Map(instruments.map((one) => [one.code, one]))
  const byName = new Map<string, Set<string>>()
  for (const { code, nameKo, nameEn } of instruments) {
    for (const name of [nameKo, nameEn]) {
      if (name === null) continue
      const key = nameKey(name)
      const codes = byName.get(key)
      if (codes) codes.add(code)
      else byName.set(key, new Set([code]))
    }
  }
  return {
    define(code) {
      const definition = defineSymbol(code)
      const listed = byCode.get(code)
      if (listed === undefined) return definition
      const { kind, market, nameKo, nameEn } = listed
      return { ...definition, kind, market, nameKo, nameEn, name: nameKo ?? nameEn ?? code }
    },
    byName: (name) => [...(byName.get(nameKey(name)) ?? [])].sort(),
  }
}

function nameKey(name: string): string {
  return name.normalize('NFKC').toUpperCase().replace(/\s/g, '')
}
