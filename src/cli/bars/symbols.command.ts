/** Declares `kospigraph symbols`. */
import { Option } from 'commander'
import type { Command } from 'commander'
import { SYMBOL_KINDS } from '../../domain/symbol.js'
import type { SymbolKind } from '../../domain/symbol.js'
import type { CommandContext } from '../command-context.js'
import { limitOption } from '../terminal/option-values.js'

/** `common-share` for COMMON_SHARE. */
const KINDS: Readonly<Record<string, SymbolKind>> = Object.fromEntries(
  SYMBOL_KINDS.map((kind) => [kind.toLowerCase().replace('_', '-'), kind]),
)

interface SymbolsFlags {
  readonly search?: string
  readonly kind?: string
  readonly limit: number
}

export function registerSymbols(program: Command, { terminal, withPlatform }: CommandContext): void {
  program
    .command('symbols')
    .description('List the stored symbols.')
    .option('--search <text>', 'only symbols with this text in their code or name')
    .addOption(new Option('--kind <kind>', 'only symbols of this kind').choices(Object.keys(KINDS)))
    .addOption(limitOption())
    .action(async ({ search, kind, limit }: SymbolsFlags) => {
      const { runSymbols } = await import('./symbols.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runSymbols(services.market, terminal, {
          search,
          kind: kind === undefined ? undefined : KINDS[kind],
          limit,
        }),
      )
    })
}
