/** Shows how far something is: a bar on a terminal, a plain line now and then elsewhere. */
import cliProgress from 'cli-progress'

export interface Progress {
  update(done: number, details: string): void
  stop(): void
}

export interface ProgressOptions {
  readonly title: string
  readonly total: number
  /** What is counted, for the plain lines. */
  readonly unit: string
  /** Width of the details beside the bar. */
  readonly detailsColumns: number | undefined
}

const BAR_MS_BETWEEN_DRAWS = 50
const LINE_MS_BETWEEN = 2_000
const DETAILS_COLUMNS = 24
/** Of the percentage, a slash and the spaces between. */
const BAR_MARGIN_COLUMNS = 9
const MAX_BAR_COLUMNS = 40

export function showProgress(
  stream: NodeJS.WriteStream,
  { title, total, unit, detailsColumns = DETAILS_COLUMNS }: ProgressOptions,
): Progress {
  return stream.isTTY ? drawBar(stream, title, total, detailsColumns) : writeLines(stream, title, total, unit)
}

function drawBar(stream: NodeJS.WriteStream, title: string, total: number, detailsColumns: number): Progress {
  const numbers = 2 * String(total).length
  const room = stream.columns - title.length - BAR_MARGIN_COLUMNS - numbers - detailsColumns
  const bar = new cliProgress.SingleBar({
    stream,
    format: `${title} {bar} {percentage}% {value}/{total} {details}`,
    barsize: Math.max(5, Math.min(MAX_BAR_COLUMNS, room)),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    linewrap: null,
    fps: 1_000 / BAR_MS_BETWEEN_DRAWS,
  })
  bar.start(total, 0, { details: '' })
  return {
    update: (done, details) => bar.update(Math.min(done, total), { details }),
    stop: () => bar.stop(),
  }
}

function writeLines(stream: NodeJS.WriteStream, title: string, total: number, unit: string): Progress {
  let last = performance.now()
  return {
    update(done, details) {
      const now = performance.now()
      if (now - last < LINE_MS_BETWEEN) return
      last = now
      stream.write(`${title}: ${done} of ${total} ${unit}${details && `, ${details}`}\n`)
    },
    stop: () => undefined,
  }
}
