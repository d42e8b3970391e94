import { runDoctor } from '../../../../src/cli/models/doctor.js'
import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import { RETURNS_RECIPE, SEED_RECIPE } from '../../../../src/domain/models/recipe.js'
import type { Engine } from '../../../../src/ml/engine/engine.js'
import type { FitProblem } from '../../../../src/ml/fit-problem.js'
import { createEngines } from '../../../../src/ml/engine/engines.js'
import type { EngineSetting, LoadedTensorflow } from '../../../../src/ml/engine/engines.js'
import { createExamineEngines } from '../../../../src/services/models/doctor.js'
import { createRecordingTerminal } from '../../../support/terminal.js'
import { VirtualClock, virtualEngine } from '../../ml/engine/virtual-engine.js'
import type { VirtualEngine } from '../../ml/engine/virtual-engine.js'

interface Setup {
  readonly setting?: EngineSetting
  readonly hasGpu?: boolean
  /** What becomes of the GPU's fits. */
  readonly fit?:
    ((gpu: VirtualEngine, ...input: Parameters<Engine['fit']>) => ReturnType<Engine['fit']>) | undefined
  readonly absent?: Extract<LoadedTensorflow, { kind: 'unavailable' }>
}

function setup({ setting = 'auto', hasGpu = true, fit, absent }: Setup) {
  const clock = new VirtualClock()
  const wasm = virtualEngine(clock, 'wasm', { parallelism: 2, waveEpochMs: 0.1 })
  const gpu = virtualEngine(clock, 'tensorflow', { parallelism: 1024, waveEpochMs: 1 })
  const engine = fit ? { ...gpu, fit: fit.bind(undefined, gpu) } : gpu
  const engines = createEngines({
    setting,
    wasm,
    loadTensorflow: () => Promise.resolve(absent ?? { kind: 'loaded', engine, hasGpu }),
    tell: () => undefined,
    nowMs: clock.nowMs,
  })
  const examineEngines = createExamineEngines({
    engines,
    recipes: [SEED_RECIPE, RETURNS_RECIPE],
    calendar: createCalendar(),
    clock: { now: () => new Date('2024-07-10T00:00:00Z') },
    nowMs: clock.nowMs,
  })
  const terminal = createRecordingTerminal()
  const lines = terminal.printed
  const run = async (signal = new AbortController().signal): Promise<string> => {
    await runDoctor(examineEngines, terminal, { version: '1.0.0', node: '20.0.0', setting, signal })
    return lines.join('\n')
  }
  return { run, lines, wasm, gpu }
}

/** Fails fits of the features, and of all where none are given. */
const failing = (message: string, features?: number): Setup['fit'] =>
  async function* (gpu, problems, options) {
    const [first] = problems as FitProblem[]
    const fails = features === undefined || first?.architecture.features === features
    for await (const result of gpu.fit(problems, options)) {
      yield fails ? { kind: 'failure', key: result.key, code: 'ENGINE_FAILED', message } : result
    }
  }

const LONG_REASON = 'the device ran out of memory while it allocated a tensor of 1,048,576 by 64 numbers'

test('a failing GPU is reported with its reason, and wasm is timed and chosen', async () => {
  const { run, lines } = setup({ fit: failing(LONG_REASON) })
  const output = await run()
  for (const recipe of ['seed', 'returns']) {
    for (const fits of ['1', '100', '2,000']) {
      expect(output).toMatch(new RegExp(`^${recipe} +${fits} +(under )?[\\d.]+ m?s +failed +wasm$`, 'm'))
    }
  }
  expect(output.replaceAll('\n', ' ')).toContain(`Chosen because the calibration failed: ${LONG_REASON}.`)
  expect(output.match(/ran out/g)).toHaveLength(1)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
})

test('a failure is reported even where another reason decides', async () => {
  for (const [setting, hasGpu, reason] of [
    ['tensorflow', true, 'ML_ENGINE is tensorflow'],
    ['auto', false, 'TensorFlow sees no GPU'],
  ] as const) {
    const output = await setup({ setting, hasGpu, fit: failing('out of order') }).run()
    expect(output).toContain('\ntensorflow failed for seed, returns: out of order.\n')
    expect(output).toMatch(new RegExp(`Chosen because ${reason}\\.$`))
  }
})

test('different reasons are printed once each, with their cases', async () => {
  const output = await setup({ fit: failing('out of order', RETURNS_RECIPE.features.length) }).run()
  expect(output).toMatch(/^seed +2,000 +.*s +tensorflow$/m)
  expect(output).toMatch(/^returns +2,000 +.* +failed +wasm$/m)
  expect(output).toContain('\nChosen for seed because its estimate is the shorter one.\n')
  expect(output).toContain('\nChosen for returns because the calibration failed: out of order.')
})

test('a GPU that works is chosen for many fits and not for few, for one reason', async () => {
  const output = await setup({}).run()
  expect(output).toMatch(/^seed +1 +.* wasm$/m)
  expect(output).toMatch(/^seed +2,000 +.* tensorflow$/m)
  expect(output.match(/Chosen/g)).toHaveLength(1)
})

test('without TensorFlow the reason and the remedy are printed within 80 columns', async () => {
  const absent = { kind: 'unavailable', reason: LONG_REASON, remedy: 'Install it. Then ask again.' } as const
  const { run, lines } = setup({ absent })
  const output = await run()
  expect(output).toMatch(/^ +Install it\. Then ask again\.$/m)
  expect(output).toMatch(/^seed +1 +\S+ ms +- +wasm$/m)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
})

test('an abort ends the doctor at the next call of an engine and prints nothing', async () => {
  const abort = new AbortController()
  const { run, lines, wasm } = setup({
    fit: (gpu, problems, options) => {
      abort.abort()
      return gpu.fit(problems, options)
    },
  })
  await expect(run(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' })
  expect(wasm.calls).toEqual([])
  expect(lines).toEqual([])
  await expect(setup({ setting: 'wasm', hasGpu: false }).run(AbortSignal.abort())).rejects.toMatchObject({
    code: 'ABORTED',
  })
})
