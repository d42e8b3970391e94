/** Bounds: the sizes that a fit may have, refused by name before anything is allocated. */
import type { Architecture, Training } from './fit-problem.js'

interface Bound {
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

const whole = (min: number, max: number): Bound => ({ min, max, whole: true })
const real = (min: number, max: number): Bound => ({ min, max, whole: false })

/** A market's worth of history in one window: far above any, and what a 16-bit batch order can name. */
const SAMPLES_LIMIT = 65_535

const ARCHITECTURE_BOUNDS = {
  features: whole(1, 32),
  lookback: whole(1, 250),
  layers: whole(1, 4),
  hidden: whole(1, 256),
} satisfies Partial<Record<keyof Architecture, Bound>>

const TRAINING_BOUNDS = {
  epochs: whole(1, 10_000),
  batchSize: whole(1, 1024),
  learningRate: real(1e-12, 10),
  beta1: real(0, 1 - 1e-9),
  beta2: real(0, 1 - 1e-9),
  epsilon: real(1e-30, 1),
  weightDecay: real(0, 10),
  gradientClipNorm: real(0, 1e6),
} satisfies Record<keyof Training, Bound>

const SAMPLE_COUNT_BOUND = whole(1, SAMPLES_LIMIT)
/** 8 MiB of batch orders, drawn in one turn of the thread that answers queries: some 40 ms. */
const VISITS_BOUND = whole(1, 2 ** 22)

function violation(name: string, value: number, { min, max, whole }: Bound): string | undefined {
  // Written so that NaN fails.
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return undefined
  return `${name} is ${value}; it must be a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`
}

function* architectureViolations(architecture: Architecture): Iterable<string> {
  const head: string = architecture.head
  if (head !== 'sigmoid' && head !== 'linear') yield `head is "${head}"; it must be sigmoid or linear`
  for (const name of ['features', 'lookback', 'layers', 'hidden'] as const) {
    const found = violation(name, architecture[name], ARCHITECTURE_BOUNDS[name])
    if (found !== undefined) yield found
  }
}

/** Everything that a fit's size and cost depend on and that is out of bounds, by name. */
export function* sizeViolations(
  architecture: Architecture,
  training: Training,
  sampleCount: number,
): Iterable<string> {
  yield* architectureViolations(architecture)
  for (const [name, bound] of Object.entries(TRAINING_BOUNDS)) {
    const found = violation(name, training[name as keyof Training], bound)
    if (found !== undefined) yield found
  }
  const samples = sampleCountViolation(sampleCount)
  if (samples !== undefined) yield samples
  const visits = violation('epochs * sampleCount', training.epochs * sampleCount, VISITS_BOUND)
  if (samples === undefined && Number.isInteger(training.epochs) && visits !== undefined) yield visits
}

function first(violations: Iterable<string>): string | undefined {
  for (const found of violations) return found
  return undefined
}

/** What is out of bounds, by name, or undefined where all is well. */
export function architectureViolation(architecture: Architecture): string | undefined {
  return first(architectureViolations(architecture))
}

export function sampleCountViolation(sampleCount: number): string | undefined {
  return violation('sampleCount', sampleCount, SAMPLE_COUNT_BOUND)
}

/** The first of {@link sizeViolations}. */
export function sizeViolation(
  architecture: Architecture,
  training: Training,
  sampleCount: number,
): string | undefined {
  return first(sizeViolations(architecture, training, sampleCount))
}
