import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, FitProblem, FitResult } from '../../../src/ml/engine/engine.js'
import { createEngines } from '../../../src/ml/engine/engines.js'
import type { Engines, EngineSetting, LoadedTensorflow } from '../../../src/ml/engine/engines.js'
import { problemFor, SMALL_RECIPE } from './simulated-bars.js'

/** An engine that only takes time: per call of `fit`, and per fit. */
function engineOf(
  name: Engine['name'],
  options: { batchMs?: number; fitMs?: number; fails?: boolean } = {},
): Engine {
  const { batchMs = 0, fitMs = 0, fails = false } = options
  return {
    name,
    version: `${name}-test`,
    device: `${name} device`,
    parallelism: name === 'wasm' ? 1 : 1024,
    async *fit(problems) {
      await sleep(batchMs)
      for await (const { key } of problems) {
        if (fitMs > 0) await sleep(fitMs)
        const failure: FitResult = { kind: 'failure', key, code: 'ENGINE_FAILED', message: 'out of order' }
        yield fails
          ? failure
          : { kind: 'fit', key, weights: new Float32Array(), losses: new Float64Array(), durationMs: fitMs }
      }
    },
    predict: () => new Float32Array(),
    close: () => Promise.resolve(),
  }
}

const GPU = { batchMs: 60, fitMs: 0 }
const SLOW = { fitMs: 5 }

interface Setup {
  readonly engines: Engines
  readonly told: string[]
  readonly loads: () => number
}

function setup(
  setting: EngineSetting,
  loaded: LoadedTensorflow,
  wasm: Engine = engineOf('wasm', SLOW),
): Setup {
  const told: string[] = []
  let loads = 0
  const engines = createEngines({
    setting,
    wasm,
    loadTensorflow: () => {
      loads += 1
      return Promise.resolve(loaded)
    },
    tell: (level, line) => told.push(`${level} ${line}`),
  })
  return { engines, told, loads: () => loads }
}

const withGpu = (options = GPU): LoadedTensorflow => ({
  kind: 'loaded',
  engine: engineOf('tensorflow', options),
  hasGpu: true,
})
const absent: LoadedTensorflow = { kind: 'unavailable', reason: 'not installed', remedy: 'Install it.' }

let asked = 0
const sample = (): FitProblem => {
  asked += 1
  return problemFor({ ...SMALL_RECIPE, epochs: 3 }, 'sample')
}
beforeEach(() => {
  asked = 0
})

test('wasm by setting loads nothing and calibrates nothing', async () => {
  const { engines, loads } = setup('wasm', withGpu())
  const { engine, reason } = await engines.choose({ fits: 1e6, sample })
  expect(engine.name).toBe('wasm')
  expect(reason).toBe('ML_ENGINE is wasm')
  expect([loads(), asked]).toEqual([0, 0])
})

test.each([
  ['auto', 'info'],
  ['tensorflow', 'warn'],
] as const)(
  'where TensorFlow does not load, wasm serves, and %s says so in one line',
  async (setting, level) => {
    const { engines, told, loads } = setup(setting, absent)
    for (let run = 0; run < 3; run++) {
      const { engine, reason } = await engines.choose({ fits: 100, sample })
      expect(engine.name).toBe('wasm')
      expect(reason).toContain('not installed')
    }
    expect(told).toEqual([`${level} TensorFlow is not used, wasm serves: not installed. Install it.`])
    expect([loads(), asked]).toEqual([1, 0])
  },
)

test('a TensorFlow without a GPU is not chosen, unless it is asked for', async () => {
  const cpu: LoadedTensorflow = { kind: 'loaded', engine: engineOf('tensorflow'), hasGpu: false }
  expect((await setup('auto', cpu).engines.choose({ fits: 1e6, sample })).engine.name).toBe('wasm')
  expect((await setup('tensorflow', cpu).engines.choose({ fits: 1, sample })).engine.name).toBe('tensorflow')
  expect(asked).toBe(0)
})

test('a GPU is chosen where its base cost is made up for, and the reason has both figures', async () => {
  const { engines } = setup('auto', withGpu())
  const one = await engines.choose({ fits: 1, sample })
  const many = await engines.choose({ fits: 2_000, sample })
  expect(one.engine.name).toBe('wasm')
  expect(many.engine.name).toBe('tensorflow')
  expect(many.reason).toMatch(/^2000 fits, calibrated: wasm [\d.]+ s, tensorflow device [\d.]+ m?s$/)
})

test('a size is calibrated once, also where two runs ask at the same time', async () => {
  let calls = 0
  const wasm = engineOf('wasm')
  const counting: Engine = {
    ...wasm,
    fit: (problems, options) => {
      calls += 1
      return wasm.fit(problems, options)
    },
  }
  const { engines } = setup('auto', withGpu({ batchMs: 0, fitMs: 0 }), counting)
  await Promise.all([engines.choose({ fits: 1, sample }), engines.choose({ fits: 9, sample })])
  const once = calls
  expect(once).toBeGreaterThan(0)
  await engines.choose({ fits: 500, sample })
  expect(calls).toBe(once)
  await engines.calibration(problemFor({ ...SMALL_RECIPE, epochs: 4 }, 'another size'))
  expect(calls).toBeGreaterThan(once)
})

test('an engine that fails is not taken for a fast one', async () => {
  const failing: LoadedTensorflow = {
    kind: 'loaded',
    engine: engineOf('tensorflow', { fails: true }),
    hasGpu: true,
  }
  const { engines, told } = setup('auto', failing)
  const { engine, reason } = await engines.choose({ fits: 2_000, sample })
  expect(engine.name).toBe('wasm')
  expect(reason).toBe('the calibration failed: out of order')
  expect(told).toHaveLength(1)
})
