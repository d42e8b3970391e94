/** Declares `kospigraph symbols`. */
import { Option } from 'commander'
import type { Command } from 'commander'
import { MARKETS, SYMBOL_KINDS } from '../../domain/symbol.js'
import type { Market, SymbolKind } from '../../domain/symbol.js'
import type { Session } from '../../domain/calendar/session.js'
import { KospigraphError } from '../../errors.js'
import { LISTING_PROVIDERS } from '../../domain/bars/delivery.js'
import type { ListingProvider } from '../../domain/bars/delivery.js'
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

interface ImportFlags {
  readonly provider?: ListingProvider
  readonly statedOn?: Session
}

export function registerSymbols(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
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
    .argument('[file]', 'a CSV file: KRX, FinanceDataReader or pykrx')
    .addOption(
      new Option('--provider <provider>', 'in place of a file, the newest lists of this provider')
        .choices(LISTING_PROVIDERS)
        .conflicts('statedOn'),
    )
    .option('--stated-on <date>', 'date of the file, YYYY-MM-DD (default: today in Korea)', parseDate)
    .option('--json', JSON_OPTION)
    .action(async (file: string | undefined, { provider, statedOn }: ImportFlags) => {
      const { runImportListings, runImportSymbols } = await import('./import-symbols.js')
      if (provider !== undefined && file === undefined) {
        await withPlatform({ quiet: true }, ({ services }) =>
          runImportListings(services.importListings, terminal, { provider, signal }),
        )
      } else if (file !== undefined && provider === undefined) {
        await withPlatform({ quiet: true }, ({ services }) =>
          runImportSymbols(services.instruments, terminal, { file, statedOn }),
        )
      } else {
        const given = file === undefined ? 'neither is given' : 'both are given'
        const message = `expected a file or --provider, and ${given}; name one, as in "kospigraph symbols import --provider krx"`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
    })
}
