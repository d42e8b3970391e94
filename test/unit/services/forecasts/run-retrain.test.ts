import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import { SEED_RECIPE, windowBars } from '../../../../src/domain/models/recipe.js'
import { createEngines } from '../../../../src/ml/engine/engines.js'
import { createRunRetrain } from '../../../../src/services/forecasts/run-retrain.js'
import type { RunRetrainDeps } from '../../../../src/services/forecasts/run-retrain.js'
import { simulateBars } from '../../ml/simulated-bars.js'
import { VirtualClock, virtualEngine } from '../../ml/engine/virtual-engine.js'

const unused = (): never => {
  throw new Error('nothing else is read or written')
}

test('a retrain stopped during the choice of its engine ends and records nothing', async () => {
  const clock = new VirtualClock()
  const abort = new AbortController()
  const wasm = virtualEngine(clock, 'wasm', { waveEpochMs: 1 })
  const gpu = virtualEngine(clock, 'tensorflow', { parallelism: 1024, waveEpochMs: 1 })
  const fit: typeof gpu.fit = (problems, options) => {
    abort.abort()
    return gpu.fit(problems, options)
  }
  const loaded = { kind: 'loaded', engine: { ...gpu, fit }, hasGpu: true } as const
  const deps = {
    symbols: { byIds: () => Promise.resolve([{ id: 1, code: 'KOSPI' }]) },
    runs: {
      claim: () =>
        Promise.resolve({ claim: 1, run: { symbolId: 1, recipeName: 'seed', seed: 0, asOfSession: null } }),
      fail: unused,
    },
    bars: {
      newest: () =>
        Promise.resolve({
          bars: simulateBars(windowBars(SEED_RECIPE)),
          flags: [],
          dataVersion: 1,
          breaks: [],
        }),
    },
    log: { recordSuccess: unused },
    engines: createEngines({
      setting: 'auto',
      wasm,
      loadTensorflow: () => Promise.resolve(loaded),
      tell: unused,
      nowMs: clock.nowMs,
    }),
    recipes: [SEED_RECIPE],
    calendar: createCalendar(),
    clock: { now: () => new Date(0) },
  } as unknown as RunRetrainDeps
  const running = createRunRetrain(deps)('a run', { signal: abort.signal, lastAttempt: false })
  await expect(running).rejects.toMatchObject({ code: 'ABORTED' })
  expect(wasm.calls).toEqual([])
})
