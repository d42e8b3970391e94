import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import { SEED_RECIPE } from '../../../../src/domain/models/recipe.js'
import { runFixedSplit } from '../../../../src/ml/backtests/fixed-split.js'
import { createWasmEngine } from '../../../../src/ml/engine/wasm/wasm-engine.js'
import { problemOf } from '../../../golden/compare.js'
import { barsOf } from '../../../golden/golden-bars.js'
import { readGolden } from '../../../golden/golden-file.js'
import { simulateBars } from '../simulated-bars.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../../..')
const shared = path.resolve(root, '../shared')
const folders = [path.join(root, 'test/fixtures'), path.join(shared, 'golden')]
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /^(golden|seed).*\.json$/.test(file))
      .map((file) => path.join(folder, file)),
  )

const engine = createWasmEngine({ threads: 1 })
afterAll(() => engine.close())

const BOUND = 2e-5

test.each(files.map((file) => [path.basename(file), file]))(
  '%s: with the weights and orders of PyTorch, its losses and its predictions on both sides of the boundary are reproduced',
  async (_, file) => {
    const golden = readGolden(file)
    const bars = barsOf(golden, { dataFolder: path.join(shared, 'data'), csvFile: undefined })
    const { config } = golden
    const { problem } = problemOf(golden, bars)
    const recipe: Recipe = {
      ...SEED_RECIPE,
      features: golden.featureColumns,
      lookbackBars: config.seq,
      layers: config.layers,
      hidden: config.hidden,
      head: config.head,
      epochs: config.epochs,
      batchSize: config.batch,
      learningRate: config.lr,
      weightDecay: config.weightDecay,
      gradientClipNorm: config.gradientClipNorm,
    }
    const { fit, forecasts, lossCurve } = await runFixedSplit(engine, {
      key: golden.name,
      bars,
      recipe,
      seed: 0,
      trainSamples: config.split,
      scalerFit: config.leak === 1 ? 'ALL_ROWS' : 'TRAINING_ROWS',
      start: { initialWeights: problem.initialWeights, batchOrders: problem.batchOrders },
    })
    expect(fit.window.sampleCount).toBe(config.split)
    expect(forecasts).toHaveLength(golden.predictionsScaled.length)
    const largest = (values: readonly number[]): number =>
      values.reduce((most, value) => Math.max(most, value), 0)
    expect(
      largest(golden.epochLosses.map((loss, epoch) => Math.abs((lossCurve[epoch] ?? NaN) - loss) / loss)),
    ).toBeLessThan(BOUND)
    expect(
      largest(
        golden.predictionsScaled.map((value, i) => Math.abs((forecasts[i]?.scaledOutput ?? NaN) - value)),
      ),
    ).toBeLessThan(BOUND)
  },
)

// PyTorch's recordings over real bars may not be redistributed, so a plain clone has only our simulated ones.
const withShared = existsSync(path.join(shared, 'golden')) ? test : test.skip
withShared('the tutorial has 200 and 226 samples (skipped where ../shared is absent)', () => {
  const golden = readGolden(path.join(shared, 'golden/seed.json'))
  expect(golden.config.split).toBe(200)
  expect(golden.predictionsScaled.length - golden.config.split).toBe(226)
})

test('a split without a sample left to test is refused', async () => {
  const split = { key: 'X', recipe: SEED_RECIPE, seed: 0, scalerFit: 'TRAINING_ROWS' } as const
  const bars = simulateBars(30)
  await expect(runFixedSplit(engine, { ...split, bars, trainSamples: 25 })).rejects.toThrow(
    'trainSamples: 25 is not between 1 and 24',
  )
  expect((await runFixedSplit(engine, { ...split, bars, trainSamples: 24 })).forecasts).toHaveLength(25)
})
