/** Runs a golden file's training on an engine and measures its distance from PyTorch's. */
import type { BarColumns } from '../../src/domain/bars/bar.js'
import type { Engine } from '../../src/ml/engine/engine.js'
import type { Architecture, FitProblem } from '../../src/ml/fit-problem.js'
import { columnTable } from '../../src/ml/fit/columns.js'
import { inputRowCount, labelRow, sampleCountOf, sliceBars, touchedRowCount } from '../../src/ml/samples.js'
import type { Scaler } from '../../src/ml/fit/scaler.js'
import { fitScaler, transform, transformRows } from '../../src/ml/fit/scaler.js'
import { weightShapes } from '../../src/ml/weights.js'
import type { Golden } from './golden-file.js'

/** Tolerance of both differences, by engine: `wasm` sums in its own order, a GPU in any order. */
export const BOUNDS: Readonly<Record<Engine['name'], number>> = { wasm: 2e-5, tensorflow: 1e-3 }
/** A column's range comes from the bars, so only the last digit of the JSON may differ. */
const SCALER_BOUND = 1e-12

export interface Comparison {
  /** Largest |ours - PyTorch's| / PyTorch's over the epochs' losses. */
  readonly lossDifference: number
  /** Largest |ours - PyTorch's| over the predictions of every sample, scaled. */
  readonly predictionDifference: number
}

/** NaN where any value is NaN, which exceeds every tolerance. */
function largest(values: readonly number[]): number {
  return values.reduce((result, value) => Math.max(result, value), 0)
}

function flatWeights(golden: Golden, architecture: Architecture): Float32Array {
  return Float32Array.from(
    weightShapes(architecture).flatMap(({ name, size }) => {
      const values = golden.initialWeights[name]
      if (values?.length !== size) {
        throw new Error(`${golden.name}: ${name} has ${String(values?.length)} numbers, not ${size}`)
      }
      return values
    }),
  )
}

function scalerOf(golden: Golden, bars: BarColumns): Scaler {
  const { config, scaler: expected } = golden
  const seen = config.leak === 1 ? bars.sessions.length : touchedRowCount(config.split, config.seq)
  const scaler = fitScaler(columnTable(sliceBars(bars, 0, seen - 1), expected.columns))
  const strays = (ours: readonly number[], theirs: readonly number[]): boolean =>
    theirs.some((value, i) => Math.abs((ours[i] ?? NaN) - value) > SCALER_BOUND * Math.abs(value))
  if (scaler.kind !== 'minMax') throw new Error('golden runs scale by minMax')
  if (strays(scaler.min, expected.min) || strays(scaler.max, expected.max)) {
    throw new Error(`${golden.name}: the scaler fitted on its bars is not the one it holds`)
  }
  return scaler
}

/** Returns the run as a problem, with PyTorch's initial weights and batch orders. */
export function problemOf(golden: Golden, bars: BarColumns): { problem: FitProblem; scaler: Scaler } {
  const { config, featureColumns, target } = golden
  const architecture: Architecture = {
    features: featureColumns.length,
    lookback: config.seq,
    layers: config.layers,
    hidden: config.hidden,
    head: config.head,
  }
  const scaler = scalerOf(golden, bars)
  const samples = Math.min(config.split, bars.sessions.length - config.seq)
  const inputs = sliceBars(bars, 0, inputRowCount(samples, config.seq) - 1)
  const labels = Float32Array.from({ length: samples }, (_, sample) =>
    transform(scaler, target, bars[target][labelRow(sample, config.seq)] ?? NaN),
  )
  const problem: FitProblem = {
    key: golden.name,
    architecture,
    training: {
      epochs: config.epochs,
      batchSize: config.batch,
      learningRate: config.lr,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: config.weightDecay,
      gradientClipNorm: config.gradientClipNorm,
    },
    rows: transformRows(scaler, columnTable(inputs, featureColumns), featureColumns),
    labels,
    initialWeights: flatWeights(golden, architecture),
    batchOrders: Uint16Array.from(golden.batchOrders.flat()),
  }
  return { problem, scaler }
}

/** Trains the run on an engine and compares it with PyTorch's. */
export async function compare(engine: Engine, golden: Golden, bars: BarColumns): Promise<Comparison> {
  const { problem, scaler } = problemOf(golden, bars)
  for await (const result of engine.fit([problem])) {
    if (result.kind === 'failure') throw new Error(`${golden.name}: ${result.code}: ${result.message}`)
    // Every sample with a label in the bars, including those after the training window.
    const inputs = sliceBars(bars, 0, bars.sessions.length - 2)
    const rows = transformRows(scaler, columnTable(inputs, golden.featureColumns), golden.featureColumns)
    const predictions = engine.predict(problem.architecture, result.weights, rows)
    const expectedCount = sampleCountOf(inputs.sessions.length, golden.config.seq)
    if (golden.predictionsScaled.length !== expectedCount) {
      throw new Error(
        `${golden.name}: holds ${golden.predictionsScaled.length} predictions, not ${expectedCount}`,
      )
    }
    return {
      lossDifference: largest(
        golden.epochLosses.map((loss, i) => Math.abs((result.losses[i] ?? NaN) - loss) / loss),
      ),
      predictionDifference: largest(
        golden.predictionsScaled.map((value, i) => Math.abs((predictions[i] ?? NaN) - value)),
      ),
    }
  }
  throw new Error(`${golden.name}: the engine returned no result`)
}

export function isWithin(bound: number, { lossDifference, predictionDifference }: Comparison): boolean {
  return lossDifference <= bound && predictionDifference <= bound
}
