import type { FitProblem } from '../../../../src/ml/fit-problem.js'
import { createEngines } from '../../../../src/ml/engine/engines.js'
import type { Engines, EngineSetting, LoadedTensorflow } from '../../../../src/ml/engine/engines.js'
import { problemFor, SMALL_RECIPE } from '../simulated-bars.js'
import { VirtualClock, virtualEngine } from './virtual-engine.js'
import type { VirtualCosts, VirtualEngine } from './virtual-engine.js'

/** A single fit is sooner done by wasm, many are by the device. */
const WASM: VirtualCosts = { parallelism: 2, waveEpochMs: 10 }
const GPU: VirtualCosts = { parallelism: 1024, waveEpochMs: 100, fitEpochMs: 0.1 }

interface Setup {
  readonly engines: Engines
  readonly wasm: VirtualEngine
  readonly gpu: VirtualEngine
  readonly told: string[]
  readonly loads: () => number
}

function setup(
  setting: EngineSetting,
  options: {
    readonly load?: () => Promise<LoadedTensorflow>
    readonly hasGpu?: boolean
    readonly costs?: VirtualCosts
  } = {},
): Setup {
  const clock = new VirtualClock()
  const wasm = virtualEngine(clock, 'wasm', WASM)
  const gpu = virtualEngine(clock, 'tensorflow', options.costs ?? GPU)
  const loaded: LoadedTensorflow = { kind: 'loaded', engine: gpu, hasGpu: options.hasGpu ?? true }
  const load = options.load ?? (() => Promise.resolve(loaded))
  const told: string[] = []
  let loads = 0
  const engines = createEngines({
    setting,
    wasm,
    loadTensorflow: () => {
      loads += 1
      return load()
    },
    tell: (level, line) => told.push(`${level} ${line}`),
    nowMs: clock.nowMs,
  })
  return { engines, wasm, gpu, told, loads: () => loads }
}

const absent: LoadedTensorflow = { kind: 'unavailable', reason: 'not installed', remedy: 'Install it.' }

const problemOf = (epochs: number): FitProblem => problemFor({ ...SMALL_RECIPE, epochs }, 'sample')

let asked = 0
const sample = (): FitProblem => {
  asked += 1
  return problemOf(3)
}
beforeEach(() => {
  asked = 0
})

test('wasm by setting loads nothing and calibrates nothing', async () => {
  const { engines, loads } = setup('wasm')
  const { engine, reason } = await engines.choose({ fits: 1e6, sample })
  expect(engine.name).toBe('wasm')
  expect(reason).toBe('ML_ENGINE is wasm')
  expect([loads(), asked]).toEqual([0, 0])
})

test.each([
  ['auto', 'info'],
  ['tensorflow', 'warn'],
] as const)('where TensorFlow does not load, wasm is used and %s logs one line', async (setting, level) => {
  const { engines, told, loads } = setup(setting, { load: () => Promise.resolve(absent) })
  for (let run = 0; run < 3; run++) {
    const { engine, reason } = await engines.choose({ fits: 100, sample })
    expect(engine.name).toBe('wasm')
    expect(reason).toContain('not installed')
  }
  expect(told).toEqual([`${level} TensorFlow is not used, fits run on wasm: not installed. Install it.`])
  expect([loads(), asked]).toEqual([1, 0])
})

test('TensorFlow without a GPU is not chosen, unless configured', async () => {
  const cpu = { hasGpu: false }
  expect((await setup('auto', cpu).engines.choose({ fits: 1e6, sample })).engine.name).toBe('wasm')
  expect((await setup('tensorflow', cpu).engines.choose({ fits: 1, sample })).engine.name).toBe('tensorflow')
  expect(asked).toBe(0)
})

test('a GPU is chosen where many fits outweigh its base cost, and the reason has both figures', async () => {
  const { engines } = setup('auto')
  const one = await engines.choose({ fits: 1, sample })
  const many = await engines.choose({ fits: 2_000, sample })
  expect(one.engine.name).toBe('wasm')
  expect(one.reason).toBe('1 fit, calibrated: wasm 30 ms, tensorflow device 0.30 s')
  expect(many.engine.name).toBe('tensorflow')
  expect(many.reason).toBe('2000 fits, calibrated: wasm 30 s, tensorflow device 1.2 s')
})

test('a size is calibrated once, also where two runs ask at the same time', async () => {
  const { engines, wasm } = setup('auto')
  await Promise.all([engines.choose({ fits: 1, sample }), engines.choose({ fits: 9, sample })])
  const once = wasm.calls.length
  expect(once).toBeGreaterThan(0)
  await engines.choose({ fits: 500, sample })
  expect(wasm.calls).toHaveLength(once)
  await engines.calibration(problemOf(4))
  // Another size is another measurement.
  expect(wasm.calls.length).toBeGreaterThan(once)
})

test('sizes are remembered up to a limit, and the oldest goes first', async () => {
  const { engines, wasm } = setup('auto')
  const measures = async (epochs: number): Promise<boolean> => {
    const before = wasm.calls.length
    await engines.calibration(problemOf(epochs))
    return wasm.calls.length > before
  }
  for (let epochs = 1; epochs <= 32; epochs++) expect(await measures(epochs)).toBe(true)
  for (let epochs = 1; epochs <= 32; epochs++) expect(await measures(epochs)).toBe(false)
  expect(await measures(33)).toBe(true)
  expect(await measures(2)).toBe(false)
  expect(await measures(1)).toBe(true)
})

test('a failed calibration does not choose the engine, and the next run tries again', async () => {
  const { engines, gpu, told } = setup('auto', { costs: { ...GPU, result: 'ENGINE_FAILED' } })
  const { engine, reason } = await engines.choose({ fits: 2_000, sample })
  expect(engine.name).toBe('wasm')
  expect(reason).toBe('the calibration failed: tensorflow says ENGINE_FAILED')
  expect(told).toEqual([`warn TensorFlow is not used, fits run on wasm: ${reason}`])
  gpu.costs = GPU
  expect((await engines.choose({ fits: 2_000, sample })).engine.name).toBe('tensorflow')
})

test('a loader that rejects makes TensorFlow unavailable and does not prevent closing', async () => {
  const { engines, wasm, told, loads } = setup('tensorflow', {
    load: () => Promise.reject(new Error('the library is broken')),
  })
  for (let run = 0; run < 2; run++) {
    const { engine, reason } = await engines.choose({ fits: 2_000, sample })
    expect(engine.name).toBe('wasm')
    expect(reason).toBe('TensorFlow is not usable: it failed to load: the library is broken')
  }
  expect(told).toEqual([expect.stringMatching(/^warn .*the library is broken\. Set ML_ENGINE=wasm/)])
  expect(loads()).toBe(1)
  await engines.close()
  expect(wasm.closed).toBe(1)
})

test('closing closes TensorFlow where it was loaded, and does not load it to do so', async () => {
  const used = setup('auto')
  await used.engines.tensorflow()
  await used.engines.close()
  expect([used.wasm.closed, used.gpu.closed]).toEqual([1, 1])
  const unused = setup('auto')
  await unused.engines.close()
  expect([unused.wasm.closed, unused.loads()]).toEqual([1, 0])
})

test.each(['wasm', 'gpu'] as const)('both are closed also where closing %s fails', async (failing) => {
  const { engines, ...both } = setup('auto')
  const close = both[failing].close.bind(both[failing])
  both[failing].close = async () => {
    await close()
    throw new Error('it does not close')
  }
  await engines.tensorflow()
  await expect(engines.close()).rejects.toThrow('it does not close')
  expect([both.wasm.closed, both.gpu.closed]).toEqual([1, 1])
})

describe('an aborted calibration', () => {
  /** The device's first fits do not end before they are aborted. */
  function hanging(): Setup & { readonly started: Promise<void> } {
    const all = setup('auto')
    const fit = all.gpu.fit.bind(all.gpu)
    let start = (): void => undefined
    const started = new Promise<void>((resolve) => {
      start = resolve
    })
    all.gpu.fit = async function* (problems, options) {
      all.gpu.fit = fit
      start()
      await new Promise((resolve) => options?.signal?.addEventListener('abort', resolve))
      yield* fit(problems, options)
    }
    return { ...all, started }
  }

  it('ends the choice with ABORTED, is not logged as a failure and not remembered', async () => {
    const { engines, told, started } = hanging()
    const abort = new AbortController()
    const choice = engines.choose({ fits: 2_000, sample, signal: abort.signal })
    await started
    abort.abort()
    await expect(choice).rejects.toMatchObject({ code: 'ABORTED' })
    expect(told).toEqual([])
    expect((await engines.choose({ fits: 2_000, sample })).engine.name).toBe('tensorflow')
  })

  it('is repeated for another run that waited for it', async () => {
    const { engines, told, started } = hanging()
    const abort = new AbortController()
    const first = engines.choose({ fits: 2_000, sample, signal: abort.signal })
    await started
    const second = engines.choose({ fits: 2_000, sample })
    abort.abort()
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await second).engine.name).toBe('tensorflow')
    expect(told).toEqual([])
  })

  it('does not stop a calibration that it only waited for', async () => {
    const { engines, started } = hanging()
    const [starting, waiting] = [new AbortController(), new AbortController()]
    const first = engines.choose({ fits: 2_000, sample, signal: starting.signal })
    await started
    const second = engines.choose({ fits: 2_000, sample, signal: waiting.signal })
    waiting.abort()
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' })
    starting.abort()
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('does not start where the signal is already aborted', async () => {
    const { engines, gpu } = setup('auto')
    const choice = engines.choose({ fits: 2_000, sample, signal: AbortSignal.abort() })
    await expect(choice).rejects.toMatchObject({ code: 'ABORTED' })
    expect(gpu.calls).toEqual([])
  })
})

describe('while TensorFlow loads', () => {
  /** Never done by itself; unavailable when told to stop. */
  const loading = () => {
    const told: string[] = []
    let loads = 0
    const engines = createEngines({
      setting: 'auto',
      wasm: virtualEngine(new VirtualClock(), 'wasm'),
      loadTensorflow: (signal) => {
        loads += 1
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(absent)))
      },
      tell: (level, line) => told.push(`${level} ${line}`),
    })
    return { engines, told, loads: () => loads }
  }

  test('an abort ends only its own wait', async () => {
    const { engines, loads } = loading()
    const abort = new AbortController()
    const stopped = engines.choose({ fits: 1, sample, signal: abort.signal })
    const other = engines.choose({ fits: 1, sample })
    abort.abort()
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(engines.tensorflow(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' })
    await engines.close()
    expect((await other).engine.name).toBe('wasm')
    expect(loads()).toBe(1)
  })

  test('closing ends the loading without a warning', async () => {
    const { engines, told } = loading()
    const tensorflow = engines.tensorflow()
    await engines.close()
    expect((await tensorflow).kind).toBe('unavailable')
    expect(told).toEqual([])
  })

  test('closed engines load nothing', async () => {
    const { engines, loads } = loading()
    await engines.close()
    expect((await engines.choose({ fits: 1, sample })).reason).toContain('closed')
    expect(loads()).toBe(0)
  })
})
