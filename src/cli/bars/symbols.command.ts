/** Declares `kospigraph symbols`. */
import { Option } from 'commander'
import type { Command } from 'commander'
import { MARKETS, SYMBOL_KINDS } from '../../domain/symbol.js'
import type { Market, SymbolKind } from '../../domain/symbol.js'
import type { Session } from '../../domain/calendar/session.js'
import type { CommandContext } from '../command-context.js'
import { JSON_OPTION, limitOption, parseDate } from '../terminal/option-values.js'

/** `common-share` for COMMON_SHARE. */
const KINDS: Readonly<Record<string, SymbolKind>> = Object.fromEntries(
  SYMBOL_KINDS.map((kind) => [kind.toLowerCase().replace('_', '-'), kind]),
)

const MARKETS_BY_FLAG: Readonly<Record<string, Market>> = Object.fromEntries(
  MARKETS.map((market) => [market.toLowerCase(), market]),
)

interface SymbolsFlags {
  readonly search?: string
  readonly kind?: string
  readonly market?: string
  readonly listed: boolean
  readonly limit: number
}

export function registerSymbols(program: Command, { terminal, withPlatform }: CommandContext): void {
  const command = program
    .command('symbols')
    .description('List the symbols with bars, or the whole symbol master.')
    .option('--search <text>', 'only symbols with this text in their code or a name')
    .addOption(new Option('--kind <kind>', 'only symbols of this kind').choices(Object.keys(KINDS)))
    .addOption(
      new Option('--market <market>', 'only symbols on this market').choices(Object.keys(MARKETS_BY_FLAG)),
    )
    .option('--listed', 'list the instruments of the symbol master, with or without bars', false)
    .addOption(limitOption())
    .action(async ({ search, kind, market, listed, limit }: SymbolsFlags) => {
      const { runListings, runSymbols } = await import('./symbols.js')
      const options = {
        search,
        kind: kind === undefined ? undefined : KINDS[kind],
        market: market === undefined ? undefined : MARKETS_BY_FLAG[market],
        limit,
      }
      await withPlatform({ quiet: true }, ({ services }) =>
        listed
          ? runListings(services.instruments, terminal, options)
          : runSymbols(services.market, terminal, options),
      )
    })
  command
    .command('import')
    .description('Add the instruments of a list to the symbol master; docs/symbols.md names the lists.')
    .argument('<file>', 'a CSV file: KRX, FinanceDataReader or pykrx')
    .option('--stated-on <date>', 'date of the list, YYYY-MM-DD (default: today in Korea)', parseDate)
    .option('--json', JSON_OPTION)
    .action(async (file: string, { statedOn }: { readonly statedOn?: Session }) => {
      const { runImportSymbols } = await import('./import-symbols.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runImportSymbols(services.instruments, terminal, { file, statedOn }),
      )
    })
}
