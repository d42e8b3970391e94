/** Limits on the size and cost of a fit. A violation names the field and its range, before anything is allocated. */
import type { Architecture, Training } from './fit-problem.js'

interface Bound {
  readonly min: number
  readonly max: number
  readonly whole: boolean
}

const whole = (min: number, max: number): Bound => ({ min, max, whole: true })
const real = (min: number, max: number): Bound => ({ min, max, whole: false })

/** The largest index that a 16-bit batch order can hold; no market's history comes near it. */
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
/** 8 MiB of batch orders; drawing them blocks the query thread for about 40 ms. */
const VISITS_BOUND = whole(1, 2 ** 22)

function violation(name: string, value: number, { min, max, whole }: Bound): string | undefined {
  // A comparison with NaN is false, so NaN is a violation.
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

/** Yields a message for every field of the architecture, the training and the sample count that is out of bounds. */
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

/** Returns the first violation of the architecture, or undefined. */
export function architectureViolation(architecture: Architecture): string | undefined {
  return first(architectureViolations(architecture))
}

/** Returns why the sample count is out of bounds, or undefined. */
export function sampleCountViolation(sampleCount: number): string | undefined {
  return violation('sampleCount', sampleCount, SAMPLE_COUNT_BOUND)
}

/** Returns the first of {@link sizeViolations}, or undefined. */
export function sizeViolation(
  architecture: Architecture,
  training: Training,
  sampleCount: number,
): string | undefined {
  return first(sizeViolations(architecture, training, sampleCount))
}
