/**
 * Calibration: estimates how long an engine takes for many fits of one kind, by timing a few.
 *
 * An engine works in waves of as many fits as it runs side by side: threads with one fit each, or a chunk on a
 * device. Calibration times one fit and a batch, copies of one problem trained for a few epochs. From both it
 * solves the fixed cost of a wave and the cost of each fit. The estimate tells apart engines that differ by half;
 * it is not a prediction in seconds.
 */
import type { Engine, FitOptions } from './engine.js'
import type { FitProblem } from '../fit-problem.js'

export interface Calibration {
  /** Fixed cost of a wave. */
  readonly baseSeconds: number
  /** Cost that each fit adds to its wave. */
  readonly secondsPerFit: number
  /** Fits in a full wave. */
  readonly parallelism: number
}

export interface CalibrationOptions extends Pick<FitOptions, 'signal'> {
  /** A clock in milliseconds; `performance.now` by default. */
  readonly nowMs?: () => number
}

const SMALLEST_BATCH = 8
/**
 * Largest batch where the engine's parallelism does not require a larger one; short fits need many to be
 * measurable.
 */
const LARGE_BATCH = 128
const FULL_WAVES = 4
const BATCH_GROWTH = 4
/** Below this multiple of a single fit's time, a batch shows only the engine's fixed cost. */
const TELLING_RATIO = 2
const PROBE_EPOCHS = 3
/** Least growth of the epochs for another measurement. */
const EPOCHS_GROWTH = 1.5
/** Approximate limit for the timed batch, estimated from the single fit. */
const BUDGET_SECONDS = 0.5

/** Returns copies of the problem that train for the first `epochs` epochs of its batch order. */
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
 * Calibrates an engine on copies of `problem`.
 * @throws Error where the engine cannot fit the problem
 * @throws KospigraphError ABORTED where the signal aborts
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
      // A diverged fit has taken its time and counts. A failed engine must not look fast.
      if (result.kind === 'failure' && result.code !== 'DIVERGED') throw new Error(result.message)
    }
    return (nowMs() - startedMs) / 1000
  }
  const allEpochs = problem.training.epochs
  const probeEpochs = Math.min(PROBE_EPOCHS, allEpochs)
  // Threads start and programs compile in the first batch, a cost that every run pays only once.
  await secondsOf(Math.min(parallelism, SMALLEST_BATCH), probeEpochs)
  // A fit's fixed cost must not be multiplied with its epochs, so train as many epochs as time allows.
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
  // The first batch also starts the remaining threads, so a short one is timed twice.
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
  // One fit at a time: each is a wave, and its two costs cannot be separated.
  if (fits === waves) return { base: 0, perFit: seconds / fits }
  // Where the two measurements disagree, the batch decides, because it is more of the work.
  const perFit = Math.min(seconds / fits, Math.max(0, (seconds - waves * single) / (fits - waves)))
  return { base: (seconds - fits * perFit) / waves, perFit }
}

/** Returns the estimated seconds for `fits` fits. */
export function estimateSeconds(
  { baseSeconds, secondsPerFit, parallelism }: Calibration,
  fits: number,
): number {
  return baseSeconds * Math.ceil(fits / parallelism) + fits * secondsPerFit
}
