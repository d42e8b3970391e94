/** `kospigraph symbols import`: adds the instruments of a file or of a provider's lists to the symbol master. */
import { basename } from 'node:path'
import type { ListingProvider } from '../../domain/bars/delivery.js'
import type { Session } from '../../domain/calendar/session.js'
import { readMasterFile } from '../../market/master/master-file.js'
import type { Instruments, MasterResult } from '../../services/bars/instruments.js'
import type { ImportListings } from '../../services/sync/import-listings.js'
import { table } from '../terminal/layout.js'
import { count, counted } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'

const SHOWN_PROBLEMS = 20

/** @returns the exit code: 1 where every row was rejected */
export async function runImportSymbols(
  instruments: Pick<Instruments, 'importMaster'>,
  terminal: Terminal,
  { file, statedOn }: { readonly file: string; readonly statedOn: Session | undefined },
): Promise<0 | 1> {
  const { rows, problems, notes } = await readMasterFile(file)
  const name = basename(file)
  terminal.print(`${name}: read as a list of instruments; ${notes.join('; ')}.`)
  const result = await instruments.importMaster({ source: name, rows, problems, statedOn })
  reportImport(name, result, terminal)
  terminal.result({ file, notes, ...result })
  return exitCodeOf(result)
}

/** @returns the exit code: 1 where the provider gave no lists, or every row was rejected */
export async function runImportListings(
  importListings: ImportListings,
  terminal: Terminal,
  { provider, signal }: { readonly provider: ListingProvider; readonly signal: AbortSignal },
): Promise<0 | 1> {
  const result = await importListings(provider, signal)
  if ('failure' in result) {
    const { code, message } = result.failure
    const remedy =
      code === 'NOT_ASKED' ? '; "kospigraph sync --status" shows more, --reset ends the pause' : ''
    terminal.fail(code, `${provider}: ${message}${remedy}; nothing was stored`)
    return 1
  }
  terminal.print(result.notes.map((note) => `${provider}: ${note}.`))
  reportImport(provider, result, terminal)
  terminal.result({ provider, ...result })
  return exitCodeOf(result)
}

function exitCodeOf({ received, rejected }: MasterResult): 0 | 1 {
  return received > 0 && rejected === received ? 1 : 0
}

function reportImport(name: string, result: MasterResult, terminal: Terminal): void {
  const { received, added, changed, unchanged, rejected } = result
  const counts = [
    `${count(added)} added`,
    `${count(changed)} changed`,
    `${count(unchanged)} unchanged`,
    `${count(rejected)} rejected`,
  ]
  terminal.print(`${name}: ${counted(received, 'row')}: ${counts.join(', ')}.`)
  const shown = result.problems.slice(0, SHOWN_PROBLEMS)
  const cells = shown.map(({ row, code, message }) => [`  row ${row}`, code, message])
  terminal.note(table(cells, { width: terminal.noteColumns }))
  if (shown.length < rejected) terminal.note(`  … the first ${shown.length} rejected rows are shown`)
}
