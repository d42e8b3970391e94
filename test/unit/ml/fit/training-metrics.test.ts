import { createWasmEngine } from '../../../../src/ml/engine/wasm/wasm-engine.js'
import { buildFitProblems } from '../../../../src/ml/fit/problem.js'
import { trainingMetrics } from '../../../../src/ml/fit/training-metrics.js'
import { simulateBars, SMALL_RECIPE } from '../simulated-bars.js'

test('training metrics cover every sample of the window, in prices', async () => {
  const bars = simulateBars(70)
  const engine = createWasmEngine({ threads: 1 })
  const { scaler, window, problems } = buildFitProblems({ key: 'k', bars, recipe: SMALL_RECIPE, seed: 1 })
  // With all weights 0 the sigmoid says 0.5: the middle of the window's range.
  const weights = new Float32Array([...problems][0]?.initialWeights.length ?? 0)
  const model = { recipe: SMALL_RECIPE, scaler, members: [weights, weights] }
  const members = [
    { seed: 1, weights, losses: Float64Array.of(0.3, 0.2) },
    { seed: 2, weights, losses: Float64Array.of(0.5, 0.4) },
  ]
  const metrics = await trainingMetrics(engine, { model, members, window }, bars)

  const close = [...bars.close.subarray(window.firstIndex)]
  const middle = (Math.min(...close) + Math.max(...close)) / 2
  const labels = close.slice(SMALL_RECIPE.lookbackBars)
  const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const naive = labels.map((label, i) => label - (close[i + SMALL_RECIPE.lookbackBars - 1] ?? NaN))
  expect(metrics.finalLoss).toBeCloseTo(0.3, 12)
  expect(metrics.rmse).toBeCloseTo(Math.sqrt(meanOf(labels.map((label) => (label - middle) ** 2))), 6)
  expect(metrics.mae).toBeCloseTo(meanOf(labels.map((label) => Math.abs(label - middle))), 6)
  expect(metrics.persistenceRmse).toBeCloseTo(Math.sqrt(meanOf(naive.map((error) => error ** 2))), 9)
  expect(metrics.skill).toBeCloseTo(1 - metrics.rmse / metrics.persistenceRmse, 12)
  const low = Math.min(...close)
  const edges = close
    .slice(SMALL_RECIPE.lookbackBars - 1, -1)
    .map((value) => (value - low) / (Math.max(...close) - low))
    .filter((scaled) => scaled < 0.01 || scaled > 0.99)
  expect(metrics.saturatedShare).toBeCloseTo(edges.length / 50, 12)
})
