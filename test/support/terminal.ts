/** A terminal of 80 columns that keeps what commands write. */
import { fit } from '../../src/cli/terminal/layout.js'
import type { Terminal } from '../../src/cli/terminal/terminal.js'

const COLUMNS = 80

export interface RecordingTerminal extends Terminal {
  /** Lines of the result. */
  readonly printed: string[]
  /** Lines beside the result. */
  readonly notes: string[]
  /** The result as `--json` writes it. */
  readonly results: unknown[]
  /** Printed lines, notes (`note: …`) and progress (`KOSPI: 3 of 6 sessions, …`) in their order. */
  readonly all: string[]
}

export function createRecordingTerminal(): RecordingTerminal {
  const printed: string[] = []
  const notes: string[] = []
  const results: unknown[] = []
  const all: string[] = []
  const fitted = (lines: string | readonly string[]): string[] =>
    [lines].flat().flatMap((line) => fit(line, COLUMNS))
  return {
    columns: COLUMNS,
    noteColumns: COLUMNS,
    proseColumns: COLUMNS,
    printed,
    notes,
    results,
    all,
    print(lines) {
      printed.push(...fitted(lines))
      all.push(...fitted(lines))
    },
    printUnbroken: (text) => void printed.push(text),
    note(lines) {
      notes.push(...fitted(lines))
      all.push(...fitted(lines).map((line) => `note: ${line}`))
    },
    result: (value) => void results.push(JSON.parse(JSON.stringify(value))),
    fail(code, message) {
      this.note(`${code}: ${message}`)
    },
    failAsJson: () => undefined,
    useJson: () => undefined,
    progress: (title, total, unit) => {
      let isStopped = false
      const stop = (): void => {
        if (!isStopped) all.push('bar stops')
        isStopped = true
      }
      return Promise.resolve({
        update: (done, details) => void all.push(`${title}: ${done} of ${total} ${unit}, ${details}`),
        finish: () => {
          all.push(`${title}: all ${total} ${unit}`)
          stop()
        },
        stop,
      })
    },
  }
}
