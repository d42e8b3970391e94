/**
 * Calibration: how long an engine would take for many fits of one kind, from timing a few.
 *
 * An engine works in waves of as many fits as it runs side by side: threads that each have one, or a chunk of
 * a device. One fit and a batch are timed, copies of one problem trained for a few epochs each, and give what a wave
 * costs however small it is and what each fit adds to that. Good enough to tell engines apart that differ by half,
 * and no promise of seconds.
 */
import type { Engine, FitOptions } from './engine.js'
import type { FitProblem } from '../fit-problem.js'

export interface Calibration {
  /** What a wave costs, however small. */
  readonly baseSeconds: number
  /** What each fit of it adds. */
  readonly secondsPerFit: number
  /** Fits in a full wave. */
  readonly parallelism: number
}

export interface CalibrationOptions extends Pick<FitOptions, 'signal'> {
  /** The time in milliseconds, from any moment; the process's own clock where none is given. */
  readonly nowMs?: () => number
}

const SMALLEST_BATCH = 8
/** Where fits are so short that their number, and not the engine's parallelism, makes a batch worth timing. */
const LARGE_BATCH = 128
const FULL_WAVES = 4
const BATCH_GROWTH = 4
/** A batch that takes no more than this times a single fit shows only the engine's fixed cost. */
const TELLING_RATIO = 2
const PROBE_EPOCHS = 3
/** Fewer more are not worth another try. */
const EPOCHS_GROWTH = 1.5
/** About how long the timed batch may take, as far as the single fit tells. */
const BUDGET_SECONDS = 0.5

/** Copies of the problem that train for `epochs` epochs of its own batch order. */
function copies(problem: FitProblem, count: number, epochs: number): FitProblem[] {
  const batchOrders = problem.batchOrders.slice(0, epochs * problem.labels.length)
  const training = { ...problem.training, epochs }
  return Array.from({ length: count }, (_, i) => ({
    ...problem,
    key: `calibration ${i}`,
    training,
    batchOrders,
  }))
}

/**
 * @throws Error where the engine cannot fit the problem
 * @throws KospigraphError ABORTED where the signal ends it
 */
export async function calibrate(
  engine: Engine,
  problem: FitProblem,
  { signal, nowMs = () => performance.now() }: CalibrationOptions = {},
): Promise<Calibration> {
  const { parallelism } = engine
  const secondsOf = async (count: number, epochs: number): Promise<number> => {
    const startedMs = nowMs()
    for await (const result of engine.fit(copies(problem, count, epochs), signal && { signal })) {
      // A fit that diverges has still taken its time; an engine that fails has not, and must not look fast.
      if (result.kind === 'failure' && result.code !== 'DIVERGED') throw new Error(result.message)
    }
    return (nowMs() - startedMs) / 1000
  }
  const allEpochs = problem.training.epochs
  const probeEpochs = Math.min(PROBE_EPOCHS, allEpochs)
  // Threads start and programs compile at the first batch; runs of any length pay that once.
  await secondsOf(Math.min(parallelism, SMALLEST_BATCH), probeEpochs)
  // What a fit costs besides its epochs must not be multiplied with them, so as many are trained as time allows.
  let epochs = probeEpochs
  let single = await secondsOf(1, epochs)
  for (;;) {
    const affordable = Math.floor((epochs * BUDGET_SECONDS) / (single * SMALLEST_BATCH))
    if (epochs === allEpochs || affordable < EPOCHS_GROWTH * epochs) break
    epochs = Math.min(allEpochs, affordable)
    single = await secondsOf(1, epochs)
  }
  const largest = Math.max(LARGE_BATCH, FULL_WAVES * parallelism)
  let count = Math.min(largest, Math.max(SMALLEST_BATCH, Math.floor(BUDGET_SECONDS / single)))
  // The first batch also starts the threads that the warm-up left: timed again where that would show.
  const bestSecondsOf = async (fits: number): Promise<number> => {
    const first = await secondsOf(fits, epochs)
    return first < BUDGET_SECONDS ? Math.min(first, await secondsOf(fits, epochs)) : first
  }
  let batch = await bestSecondsOf(count)
  while (batch < TELLING_RATIO * single && count < largest) {
    count = Math.min(largest, count * BATCH_GROWTH)
    batch = await bestSecondsOf(count)
  }
  const scale = allEpochs / epochs
  const wave = waveOf(single, { seconds: batch, fits: count, waves: Math.ceil(count / parallelism) })
  return { baseSeconds: wave.base * scale, secondsPerFit: wave.perFit * scale, parallelism }
}

/** Solves `single = base + perFit` and `seconds = waves · base + fits · perFit`, neither below 0. */
function waveOf(
  single: number,
  { seconds, fits, waves }: { readonly seconds: number; readonly fits: number; readonly waves: number },
): { readonly base: number; readonly perFit: number } {
  // Fits one at a time: each is a wave, and nothing tells its two costs apart.
  if (fits === waves) return { base: 0, perFit: seconds / fits }
  // The batch, which is more of the work, is believed where the two do not go together.
  const perFit = Math.min(seconds / fits, Math.max(0, (seconds - waves * single) / (fits - waves)))
  return { base: (seconds - fits * perFit) / waves, perFit }
}

export function estimateSeconds(
  { baseSeconds, secondsPerFit, parallelism }: Calibration,
  fits: number,
): number {
  return baseSeconds * Math.ceil(fits / parallelism) + fits * secondsPerFit
}
