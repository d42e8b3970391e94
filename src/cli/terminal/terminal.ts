/** Where the command line writes: results to standard output, progress and notes to standard error. */
import { PROSE_COLUMNS, fit } from './layout.js'
import type { Progress } from './progress.js'

export interface Terminal {
  /** Width of tables: the terminal's; unlimited where a file or a program reads the output. */
  readonly columns: number
  /** Width of prose: {@link columns}, or less where that is too much to read. */
  readonly proseColumns: number
  /** The width of notes, as {@link columns} is the result's. */
  readonly noteColumns: number
  /** Writes lines of the result, except where it is written as JSON. A terminal breaks them between words. */
  print(lines: string | readonly string[]): void
  /** Writes text of the result that another program reads: as it is, however wide it is. */
  printUnbroken(text: string): void
  /** Writes lines beside the result. */
  note(lines: string | readonly string[]): void
  /** Writes the result as JSON where that was asked for: once a command. */
  result(value: object): void
  /** Reports that the command has failed: beside the result, or as the result where that is JSON. */
  fail(code: string, message: string): void
  /** Reports a failure that standard error has already, where the result is JSON. */
  failAsJson(code: string, message: string): void
  /** Sets whether the result is written as JSON. */
  useJson(json: boolean): void
  /**
   * Shows a bar on a terminal, and a plain line now and then elsewhere.
   * @param unit what is counted
   * @param detailsColumns the most that details take beside the bar
   */
  progress(title: string, total: number, unit: string, detailsColumns?: number): Promise<Progress>
}

/** Narrower terminals get lines of this width. */
const MIN_COLUMNS = 40

export function createTerminal(out: NodeJS.WriteStream, error: NodeJS.WriteStream): Terminal {
  let json = false
  let hasResult = false
  const columnsOf = (stream: NodeJS.WriteStream): number =>
    stream.isTTY ? Math.max(MIN_COLUMNS, stream.columns) : Infinity
  const write = (stream: NodeJS.WriteStream, lines: string | readonly string[]): void => {
    for (const line of [lines].flat()) {
      for (const part of fit(line, columnsOf(stream))) stream.write(`${part}\n`)
    }
  }
  const result = (value: object): void => {
    if (!json) return
    if (hasResult) throw new Error('a command has one result')
    hasResult = true
    out.write(`${JSON.stringify(value)}\n`)
  }
  const failAsJson = (code: string, message: string): void => {
    if (!hasResult) result({ error: { code, message } })
  }
  return {
    get columns() {
      return columnsOf(out)
    },
    get noteColumns() {
      return columnsOf(error)
    },
    get proseColumns() {
      return Math.min(columnsOf(out), PROSE_COLUMNS)
    },
    print: (lines) => {
      if (!json) write(out, lines)
    },
    printUnbroken: (text) => out.write(text),
    note: (lines) => write(error, lines),
    result,
    fail: (code, message) => {
      if (json && !hasResult) failAsJson(code, message)
      else write(error, `${code}: ${message}`)
    },
    failAsJson,
    useJson: (yes) => {
      json = yes
    },
    progress: async (title, total, unit, detailsColumns) => {
      const { showProgress } = await import('./progress.js')
      return showProgress(error, { title, total, unit, detailsColumns })
    },
  }
}
