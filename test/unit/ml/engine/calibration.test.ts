import { calibrate, estimateSeconds } from '../../../../src/ml/engine/calibration.js'
import { problemFor, SMALL_RECIPE } from '../simulated-bars.js'
import { VirtualClock, virtualEngine } from './virtual-engine.js'
import type { VirtualCosts, VirtualEngine } from './virtual-engine.js'

const EPOCHS = 100
const problem = problemFor({ ...SMALL_RECIPE, epochs: EPOCHS }, 'sample')

interface Calibrated {
  /** Seconds that so many fits would take. */
  readonly estimate: (fits: number) => number
  readonly engine: VirtualEngine
  /** Seconds that the calibration took. */
  readonly took: number
}

async function calibrated(costs: VirtualCosts): Promise<Calibrated> {
  const clock = new VirtualClock()
  const engine = virtualEngine(clock, 'wasm', costs)
  const calibration = await calibrate(engine, problem, clock)
  return { engine, took: clock.ms / 1000, estimate: (fits) => estimateSeconds(calibration, fits) }
}

test.each([1, 2, 3, 16, 64])(
  'few or many fits of 100 ms on %d threads are estimated exactly',
  async (parallelism) => {
    const { estimate } = await calibrated({ parallelism, waveEpochMs: 100 / EPOCHS })
    for (const fits of [1, parallelism, 2_000]) {
      expect(estimate(fits)).toBeCloseTo(Math.ceil(fits / parallelism) * 0.1, 6)
    }
  },
)

test('cores that slow each other down are estimated at their measured speed', async () => {
  const { estimate } = await calibrated({ parallelism: 8, waveEpochMs: 0.5, fitEpochMs: 0.1 })
  expect(estimate(1)).toBeCloseTo(0.06, 6)
  expect(estimate(2_000)).toBeCloseTo(250 * 0.13, 6)
})

test('a device with costs for each chunk and each fit is estimated exactly', async () => {
  const { estimate } = await calibrated({ parallelism: 1024, waveEpochMs: 4, fitEpochMs: 0.02 })
  expect(estimate(1)).toBeCloseTo(0.402, 6)
  expect(estimate(1024)).toBeCloseTo(0.4 + 1024 * 0.002, 6)
  expect(estimate(2_000)).toBeCloseTo(2 * 0.4 + 2_000 * 0.002, 6)
})

test('the batch grows until it shows the cost of a fit', async () => {
  const { engine } = await calibrated({ parallelism: 1024, waveEpochMs: 4, fitEpochMs: 0.02 })
  expect(Math.max(...engine.calls)).toBeGreaterThanOrEqual(200)
  const slow = await calibrated({ fitEpochMs: 50 })
  expect(Math.max(...slow.engine.calls)).toBe(8)
})

test('fits too long to be trained whole are trained for a few epochs and scaled', async () => {
  const { estimate, took } = await calibrated({ parallelism: 2, waveEpochMs: 1_000 })
  expect(estimate(1)).toBeCloseTo(100, 6)
  expect(estimate(2_000)).toBeCloseTo(100_000, 3)
  expect(took).toBeLessThan(50)
})

test('the fixed cost of a wave is not multiplied with the epochs where all can be trained', async () => {
  const { estimate } = await calibrated({ parallelism: 128, waveMs: 30, fitEpochMs: 0.01 })
  expect(estimate(1)).toBeCloseTo(0.031, 6)
  expect(estimate(256)).toBeCloseTo(2 * 0.03 + 0.256, 6)
})

test('the cost of the first batch alone is not counted', async () => {
  const { estimate, engine } = await calibrated({
    parallelism: 128,
    waveMs: 30,
    fitEpochMs: 0.01,
    startMs: 10_000,
  })
  expect(estimate(1)).toBeCloseTo(0.031, 6)
  // So the slow start has not cut the epochs short either.
  expect(engine.calls.length).toBeGreaterThan(3)
})

test('a short batch that is slow by accident is timed again', async () => {
  const clock = new VirtualClock()
  const engine = virtualEngine(clock, 'wasm', { parallelism: 16, waveEpochMs: 0.01 })
  let slowed = false
  const fit: VirtualEngine['fit'] = async function* (problems, options) {
    // As the first batch of many does, which starts threads.
    if (!slowed && [...(problems as unknown[])].length > 8) {
      slowed = true
      clock.ms += 200
    }
    yield* engine.fit(problems, options)
  }
  const calibration = await calibrate({ ...engine, fit }, problem, clock)
  expect(slowed).toBe(true)
  expect(estimateSeconds(calibration, 1_600)).toBeCloseTo(0.1, 6)
})

test('diverged fits count, and failed fits end the calibration', async () => {
  const costs: VirtualCosts = { parallelism: 2, waveEpochMs: 1 }
  const { estimate } = await calibrated({ ...costs, result: 'DIVERGED' })
  expect(estimate(10)).toBeCloseTo(0.5, 6)
  await expect(calibrated({ ...costs, result: 'ENGINE_FAILED' })).rejects.toThrow('wasm says ENGINE_FAILED')
})

test('an abort ends the calibration with the engine’s own error', async () => {
  const clock = new VirtualClock()
  const engine = virtualEngine(clock, 'wasm', { waveEpochMs: 1 })
  const signal = AbortSignal.abort()
  await expect(calibrate(engine, problem, { signal, nowMs: clock.nowMs })).rejects.toMatchObject({
    code: 'ABORTED',
  })
})

test('an estimate counts the base once for every wave', () => {
  const calibration = { baseSeconds: 2, secondsPerFit: 0.5, parallelism: 10 }
  expect(estimateSeconds(calibration, 1)).toBe(2.5)
  expect(estimateSeconds(calibration, 10)).toBe(7)
  expect(estimateSeconds(calibration, 11)).toBe(9.5)
})
