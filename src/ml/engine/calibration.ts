/**
 * Calibration: how long an engine would take for many fits of one kind, from timing a few.
 *
 * Two batches of copies of one problem, trained for a few epochs each; a straight line through the two times
 * gives what a batch costs at least and what each further fit adds. More fits than the larger batch are taken
 * as several of it. Good enough to tell engines apart that differ by half, and no promise of seconds.
 */
import type { Engine, FitProblem } from './engine.js'

export interface Calibration {
  /** What a batch costs, however small. */
  readonly baseSeconds: number
  /** What each fit of it adds. */
  readonly secondsPerFit: number
  /** Fits in the larger of the two batches that were timed. */
  readonly batch: number
}

const SMALL_BATCH = 2
const LARGE_BATCH = { min: 8, max: 128 } as const
const PROBE_EPOCHS = 3
/** About how long each of the timed batches may take, as far as the probe tells. */
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

async function secondsOf(engine: Engine, problems: readonly FitProblem[]): Promise<number> {
  const startedMs = performance.now()
  for await (const result of engine.fit(problems)) {
    // A fit that diverges has still taken its time; an engine that fails has not, and must not look fast.
    if (result.kind === 'failure' && result.code !== 'DIVERGED') throw new Error(result.message)
  }
  return (performance.now() - startedMs) / 1000
}

/** @throws where the engine cannot fit the problem */
export async function calibrate(engine: Engine, problem: FitProblem): Promise<Calibration> {
  const allEpochs = problem.training.epochs
  const probeEpochs = Math.min(PROBE_EPOCHS, allEpochs)
  // Threads start and programs compile at the first batch; runs of any length pay that once.
  await secondsOf(engine, copies(problem, SMALL_BATCH, probeEpochs))
  const probe = await secondsOf(engine, copies(problem, SMALL_BATCH, probeEpochs))
  // What a fit costs besides its epochs must not be multiplied with them, so as many are trained as time allows.
  const affordable = Math.floor((probeEpochs * BUDGET_SECONDS * SMALL_BATCH) / (probe * LARGE_BATCH.min))
  const epochs = Math.min(allEpochs, Math.max(probeEpochs, affordable))
  const small = await secondsOf(engine, copies(problem, SMALL_BATCH, epochs))
  const batch = Math.floor((BUDGET_SECONDS * SMALL_BATCH) / small)
  const count = Math.min(LARGE_BATCH.max, Math.max(LARGE_BATCH.min, batch))
  const large = await secondsOf(engine, copies(problem, count, epochs))
  const perFit = Math.max(0, large - small) / (count - SMALL_BATCH)
  const base = Math.max(0, small - SMALL_BATCH * perFit)
  const scale = allEpochs / epochs
  return { baseSeconds: base * scale, secondsPerFit: perFit * scale, batch: count }
}

export function estimateSeconds({ baseSeconds, secondsPerFit, batch }: Calibration, fits: number): number {
  return baseSeconds * Math.ceil(fits / batch) + fits * secondsPerFit
}
