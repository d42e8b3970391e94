/** A terminal that keeps what commands write. */
import type { Terminal } from '../../src/cli/terminal/terminal.js'

export interface RecordingTerminal extends Terminal {
  /** Lines of the result. */
  readonly printed: string[]
  /** Lines beside the result. */
  readonly notes: string[]
  /** Printed lines, notes (`note: …`) and progress (`KOSPI: 3 of 6 sessions, …`) in their order. */
  readonly all: string[]
}

export function createRecordingTerminal(): RecordingTerminal {
  const printed: string[] = []
  const notes: string[] = []
  const all: string[] = []
  return {
    printed,
    notes,
    all,
    print(line) {
      printed.push(line)
      all.push(line)
    },
    note(line) {
      notes.push(line)
      all.push(`note: ${line}`)
    },
    progress: (title, total, unit) =>
      Promise.resolve({
        update: (done, details) => void all.push(`${title}: ${done} of ${total} ${unit}, ${details}`),
        stop: () => void all.push('bar stops'),
      }),
  }
}
