/** `kospigraph symbols import <file>`: adds the instruments of a list to the symbol master. */
import { basename } from 'node:path'
import type { Session } from '../../domain/calendar/session.js'
import { readMasterFile } from '../../market/master/master-file.js'
import type { Instruments } from '../../services/bars/instruments.js'
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
  terminal.result({ file, notes, ...result })
  return received > 0 && rejected === received ? 1 : 0
}
