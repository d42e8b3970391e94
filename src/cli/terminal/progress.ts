/** Shows how far something is: a bar on a terminal, a plain line now and then elsewhere. */
import cliProgress from 'cli-progress'
import { displayWidth, truncate } from './layout.js'

export interface Progress {
  update(done: number, details: string): void
  /** Ends it as done, with the last details unless others are given. */
  finish(details?: string): void
  /** Ends it where it is; after `finish` it does nothing. */
  stop(): void
}

export interface ProgressOptions {
  readonly title: string
  readonly total: number
  /** What is counted. */
  readonly unit: string
  /** Width of the details beside the bar. */
  readonly detailsColumns: number | undefined
}

const BAR_MS_BETWEEN_DRAWS = 50
const LINE_MS_BETWEEN = 2_000
const DETAILS_COLUMNS = 24
const MAX_TITLE_COLUMNS = 24
const MIN_BAR_COLUMNS = 5
const MAX_BAR_COLUMNS = 40
const MIN_COLUMNS = 40

export function showProgress(stream: NodeJS.WriteStream, options: ProgressOptions): Progress {
  return stream.isTTY ? drawBar(stream, options) : writeLines(stream, options)
}

function drawBar(stream: NodeJS.WriteStream, options: ProgressOptions): Progress {
  const { total } = options
  const bar = new cliProgress.SingleBar({
    stream,
    format: (_settings, { value }, { details }) =>
      barLine(options, { done: value, details: String(details), columns: stream.columns }),
    hideCursor: true,
    linewrap: null,
    fps: 1_000 / BAR_MS_BETWEEN_DRAWS,
  })
  // Drawn with the first progress, so that what is refused at once leaves no empty bar behind.
  let isDrawn = false
  let last = ''
  let farthest = 0
  const draw = (done: number, details: string): void => {
    // Progress read from the database may arrive behind progress of this process.
    if (done < farthest) return
    farthest = done
    last = details
    if (isDrawn) bar.update(Math.min(done, total), { details })
    else bar.start(total, Math.min(done, total), { details })
    isDrawn = true
  }
  const stop = (): void => {
    if (isDrawn) bar.stop()
  }
  return {
    update: draw,
    finish(details = last) {
      draw(total, details)
      stop()
    },
    stop,
  }
}

/** `KOSPI seed ██████░░░░ 60% 60/100 epochs loss 0.0123`, never wider than the terminal. */
export function barLine(
  { title, total, unit, detailsColumns = DETAILS_COLUMNS }: ProgressOptions,
  { done, details, columns }: { readonly done: number; readonly details: string; readonly columns: number },
): string {
  const share = total === 0 ? 1 : done / total
  // The last column stays free: some terminals begin a new line after it.
  const width = Math.max(MIN_COLUMNS, columns) - 1
  const counts = `${Math.floor(share * 100)}% ${done}/${total} ${unit}`
  const name = truncate(title, Math.min(MAX_TITLE_COLUMNS, Math.floor(width / 3)))
  const widestCounts = `100% ${total}/${total} ${unit}`.length
  const room = width - displayWidth(name) - widestCounts - detailsColumns - 3
  const barColumns = Math.max(MIN_BAR_COLUMNS, Math.min(MAX_BAR_COLUMNS, room))
  const full = Math.floor(share * barColumns)
  const bar = '█'.repeat(full) + '░'.repeat(barColumns - full)
  return truncate(`${name} ${bar} ${counts} ${details}`.trimEnd(), width)
}

function writeLines(stream: NodeJS.WriteStream, { title, total, unit }: ProgressOptions): Progress {
  let last = performance.now()
  return {
    update(done, details) {
      const now = performance.now()
      if (now - last < LINE_MS_BETWEEN) return
      last = now
      stream.write(`${title}: ${done} of ${total} ${unit}${details && `, ${details}`}\n`)
    },
    finish: () => undefined,
    stop: () => undefined,
  }
}
