import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import { inputBars, windowBars } from '../../../../src/domain/models/recipe.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import type { Engine } from '../../../../src/ml/engine/engine.js'
import { createWasmEngine } from '../../../../src/ml/engine/wasm/wasm-engine.js'
import { corruptAfter } from '../../../../src/ml/backtests/corrupt-future.js'
import { runFixedSplit } from '../../../../src/ml/backtests/fixed-split.js'
import { fingerprintBars } from '../../../../src/ml/fit/artifact.js'
import { columnTable } from '../../../../src/ml/fit/columns.js'
import { fitModels } from '../../../../src/ml/fit/fit-models.js'
import type { FittedModel } from '../../../../src/ml/fit/prediction.js'
import { predictNextClose } from '../../../../src/ml/fit/prediction.js'
import { buildFitProblems } from '../../../../src/ml/fit/problem.js'
import { levelVolumes } from '../../../../src/ml/fit/volume-level.js'
import { walkForward } from '../../../../src/ml/fit/walk-forward-folds.js'
import { walkForwardForecasts } from '../../../../src/ml/fit/walk-forward-forecasts.js'
import { sliceBars } from '../../../../src/ml/samples.js'
import { collect, RETURN_RECIPE, simulateBars, SMALL_RECIPE } from '../simulated-bars.js'

let engine: Engine
beforeAll(() => {
  engine = createWasmEngine({ threads: 1 })
})
afterAll(() => engine.close())

const BREAK = 90
const COUNT = 130
/** Volumes of a period of 20 sessions, so that any 20 in a row have one mean. */
const plain = (): BarColumns => {
  const bars = simulateBars(COUNT)
  return { ...bars, volume: bars.volume.map((_, at) => 1_000_000 + 50_000 * ((at * 7) % 20)) }
}
/** The same market, whose volumes include the after-market from {@link BREAK} on. */
const extended = (factor = 1.4): BarColumns => {
  const bars = plain()
  return {
    ...bars,
    volume: bars.volume.map((value, at) => (at < BREAK ? value : value * factor)),
    volumeBreaks: [BREAK],
  }
}
const silent = ({ volumeBreaks: _, ...bars }: BarColumns): BarColumns => bars

async function fitted(recipe: Recipe, bars: BarColumns): Promise<FittedModel> {
  for await (const result of fitModels(engine, [{ key: 'fit', bars, recipe, seed: 1 }])) {
    if (result.kind === 'model') return result.model
    throw new Error(result.message)
  }
  throw new Error('no result')
}

async function walked(bars: BarColumns, recipe: Recipe, refitEvery: number): Promise<number[]> {
  const [from, to] = [BREAK - 10, COUNT - 1]
  const folds = walkForward({
    barCount: COUNT,
    from,
    to,
    refitEvery,
    mode: 'rolling',
    windowBars: windowBars(recipe),
  })
  const results = await collect(walkForwardForecasts(engine, [{ key: 'x', bars, recipe, seed: 1, folds }]))
  return results.flatMap((result) => {
    if (result.kind === 'failure') throw new Error(result.message)
    return result.forecasts.map(({ predictedClose }) => predictedClose)
  })
}

describe('bars without a break', () => {
  it('stay as they are, to the byte', () => {
    const bars = plain()
    expect(levelVolumes(bars)).toBe(bars)
    expect(sliceBars(extended(), 0, BREAK - 1).volumeBreaks).toBeUndefined()
    expect(sliceBars(extended(), BREAK, COUNT - 1).volumeBreaks).toBeUndefined()
    expect(sliceBars(extended(), BREAK - 1, COUNT - 1).volumeBreaks).toEqual([1])
    const after = sliceBars(extended(), BREAK, COUNT - 1)
    expect(fingerprintBars(after)).toBe(fingerprintBars(silent(after)))
    expect(fingerprintBars(extended())).not.toBe(fingerprintBars(silent(extended())))
  })
})

describe('bars with a break', () => {
  it('have one level of volumes, that of the reference', () => {
    const levelled = levelVolumes(extended())
    levelled.volume.forEach((value, at) =>
      expect(value / ((plain().volume[at] ?? 0) * 1.4)).toBeCloseTo(1, 9),
    )
    const older = levelVolumes(extended(), BREAK - 1)
    older.volume.forEach((value, at) => expect(value / (plain().volume[at] ?? 0)).toBeCloseTo(1, 9))
    expect(older.volume.subarray(0, BREAK)).toEqual(plain().volume.subarray(0, BREAK))
  })

  it('may have several, and stretches without trading, which give no factor', () => {
    const bars = extended()
    const twice = {
      ...bars,
      volume: bars.volume.map((value, at) => (at < 110 ? value : value / 2)),
      volumeBreaks: [BREAK, 110],
    }
    const { volume } = levelVolumes(twice)
    expect((volume[10] ?? 0) / (plain().volume[10] ?? 0)).toBeCloseTo(0.7, 9)
    expect((volume[95] ?? 0) / (plain().volume[95] ?? 0)).toBeCloseTo(0.7, 9)
    const halted = { ...bars, volume: bars.volume.map((value, at) => (at < BREAK ? value : 0)) }
    expect(levelVolumes(halted).volume).toEqual(halted.volume)
  })

  it('have no return of the volume at the break, and the same ones elsewhere', () => {
    const returns = (bars: BarColumns) => columnTable(bars, ['volumeReturn'], 1).columns.get('volumeReturn')
    const [given, known] = [returns(extended()), returns(plain())]
    expect(given?.[BREAK - 1]).toBe(0)
    given?.forEach((value, row) => {
      if (row !== BREAK - 1) expect(value).toBeCloseTo(known?.[row] ?? NaN, 9)
    })
  })

  it('are fitted as if the volumes had kept their level', () => {
    const rowsOf = (bars: BarColumns): number[] => {
      const request = { key: 'x', bars, recipe: SMALL_RECIPE, seed: 1 }
      const [problem] = buildFitProblems(request).problems
      return [...(problem?.rows ?? [])]
    }
    const [given, known] = [rowsOf(sliceBars(extended(), 0, 109)), rowsOf(sliceBars(plain(), 0, 109))]
    given.forEach((value, at) => expect(value).toBeCloseTo(known[at] ?? NaN, 5))
  })
})

describe('forecasts across a break', () => {
  it('of an older fit do not take the level for news', async () => {
    const model = await fitted(SMALL_RECIPE, sliceBars(plain(), 0, BREAK - 2))
    const known = await predictNextClose(engine, model, plain())
    const pinned = { ...model, fittedTo: plain().sessions[BREAK - 2] }
    const { predictedClose } = await predictNextClose(engine, pinned, extended())
    expect(predictedClose).toBeCloseTo(known.predictedClose, 3)
    const misled = await predictNextClose(engine, pinned, silent(extended(3)))
    expect(Math.abs(misled.predictedClose - known.predictedClose)).toBeGreaterThan(0.1)
  })

  it.each([SMALL_RECIPE, RETURN_RECIPE])(
    '$name: nothing after a session decides its forecast',
    async (recipe) => {
      const said = await walked(extended(), recipe, 15)
      for (const last of [BREAK - 1, BREAK, BREAK + 3, BREAK + 12]) {
        const other = await walked(corruptAfter(extended(), last), recipe, 15)
        const upTo = last + 2 - (BREAK - 10)
        expect(other.slice(0, upTo)).toEqual(said.slice(0, upTo))
      }
    },
  )

  it('of a fixed split see no later volume either', async () => {
    const split = (bars: BarColumns) =>
      runFixedSplit(engine, {
        key: 'x',
        bars,
        recipe: SMALL_RECIPE,
        seed: 1,
        trainSamples: 60,
        scalerFit: 'TRAINING_ROWS',
      })
    const [said, other] = [await split(extended()), await split(corruptAfter(extended(), BREAK + 4))]
    const upTo = BREAK + 6 - inputBars(SMALL_RECIPE)
    const closes = ({ forecasts }: typeof said) => forecasts.map(({ predictedClose }) => predictedClose)
    expect(closes(other).slice(0, upTo)).toEqual(closes(said).slice(0, upTo))
  })
})
