/** Bounds: the sizes that a fit may have, refused by name before anything is allocated. */
import type { Architecture, Training } from './engine/engine.js'

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
/** 128 MiB of batch orders. */
const VISITS_BOUND = whole(1, 2 ** 26)

function violation(name: string, value: number, { min, max, whole }: Bound): string | undefined {
  // Written so that NaN fails.
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return undefined
  return `${name} is ${value}; it must be a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`
}

/** What is out of bounds, by name, or undefined where all is well. */
export function architectureViolation(architecture: Architecture): string | undefined {
  const head: string = architecture.head
  if (head !== 'sigmoid' && head !== 'linear') return `head is "${head}"; it must be sigmoid or linear`
  for (const name of ['features', 'lookback', 'layers', 'hidden'] as const) {
    const found = violation(name, architecture[name], ARCHITECTURE_BOUNDS[name])
    if (found !== undefined) return found
  }
  return undefined
}

export function sampleCountViolation(sampleCount: number): string | undefined {
  return violation('sampleCount', sampleCount, SAMPLE_COUNT_BOUND)
}

/** As {@link architectureViolation}, for everything that a fit's size and cost depend on. */
export function sizeViolation(
  architecture: Architecture,
  training: Training,
  sampleCount: number,
): string | undefined {
  const inArchitecture = architectureViolation(architecture)
  if (inArchitecture !== undefined) return inArchitecture
  for (const [name, bound] of Object.entries(TRAINING_BOUNDS)) {
    const found = violation(name, training[name as keyof Training], bound)
    if (found !== undefined) return found
  }
  return (
    sampleCountViolation(sampleCount) ??
    violation('epochs * sampleCount', training.epochs * sampleCount, VISITS_BOUND)
  )
}
