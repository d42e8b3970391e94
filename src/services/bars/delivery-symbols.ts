/**
 * Tracks the symbols of one delivery while its rows stream by. Each symbol gets a number. While its rows come in session
 * order, their flags are computed here, so the database need not read a new symbol's bars again.
 */
import type { CheckedRow } from '../../domain/bars/bar-check.js'
import { createBarFlagging } from '../../domain/bars/bar-flagging.js'
import type { FlagBar } from '../../domain/bars/bar-flagging.js'
import type { InstrumentDirectory } from '../../domain/bars/instruments/instrument-directory.js'
import { isOfAfterMarket } from '../../domain/bars/price-basis.js'
import type { TradingHoursBasis } from '../../domain/bars/price-basis.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { readSymbolCode, symbolCodeProblem } from '../../domain/bars/instruments/symbol-code.js'
import { MAX_SYMBOLS } from '../../domain/symbol.js'
import type { SymbolDefinition } from '../../domain/symbol.js'
import type { StagedRow } from '../../db/bars/staged-row-bytes.js'
import type { StagedSymbol } from '../../db/bars/bar-writer.js'
import { KospigraphError } from '../../errors.js'

class DeliverySymbol implements StagedSymbol {
  #ascending = true
  #descending = true
  #last = ''
  readonly #judge: FlagBar

  constructor(
    readonly definition: SymbolDefinition,
    readonly ordinal: number,
    readonly volumeBasis: TradingHoursBasis,
  ) {
    const { kind, decimals } = definition
    // The flags count only for a new symbol, which has no actions yet.
    this.#judge = createBarFlagging({ kind, decimals, actions: [] })
  }

  get distinct(): boolean {
    return this.#ascending || this.#descending
  }

  get judged(): boolean {
    return this.#ascending
  }

  stagedRow(raw: RawBar, checked: Extract<CheckedRow, { readonly kind: 'bar' | 'doubtful' }>): StagedRow {
    const { session, open, high, low, close, volume, flags } = checked.bar
    if (session <= this.#last) this.#ascending = false
    if (this.#last !== '' && session >= this.#last) this.#descending = false
    this.#last = session
    const { row, volumeStep = 1 } = raw
    const doubt = checked.kind === 'doubtful' ? checked.doubt : undefined
    const { ordinal, definition, volumeBasis } = this
    const basis = isOfAfterMarket(session, definition.kind) ? volumeBasis : 'REGULAR'
    const judged =
      doubt === undefined && this.#ascending ? this.#judge(session, close, Number(volume), basis) : 0
    return { row, ordinal, session, open, high, low, close, volume, volumeStep, flags: flags | judged, doubt }
  }
}

export interface DeliverySymbols {
  /**
   * Returns the symbol that a code stands for, or the reason why it cannot have bars.
   * @throws KospigraphError BAD_USER_INPUT beyond 20,000 symbols
   */
  of(text: string): DeliverySymbol | string
  /** In the order of their numbers. */
  all(): readonly StagedSymbol[]
}

/** @param volumeBasis the hours that the delivery's volumes cover */
export function createDeliverySymbols(
  directory: InstrumentDirectory,
  volumeBasis: TradingHoursBasis,
): DeliverySymbols {
  const known = new Map<string, DeliverySymbol>()
  return {
    of(text) {
      const found = known.get(text)
      if (found !== undefined) return found
      // Invalid codes and other spellings are read again for each row: remembering them could take unbounded memory.
      const problem = symbolCodeProblem(text)
      if (problem !== undefined) return problem
      const code = readSymbolCode(text) ?? text
      const spelled = known.get(code)
      if (spelled !== undefined) return spelled
      if (known.size >= MAX_SYMBOLS) {
        const message = `the delivery has more than ${MAX_SYMBOLS} symbols; deliver it in parts`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
      const symbol = new DeliverySymbol(directory.define(code), known.size, volumeBasis)
      known.set(code, symbol)
      return symbol
    },
    all: () => [...known.values()],
  }
}
