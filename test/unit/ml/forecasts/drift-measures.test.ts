import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import type { Drift } from '../../../../src/domain/forecasts/drift.js'
import { lagBars, RETURNS_RECIPE, SEED_RECIPE, windowBars } from '../../../../src/domain/models/recipe.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { columnsOf, columnTable } from '../../../../src/ml/fit/columns.js'
import { liveBarsOf, measureDrift, RANGE_WARNING } from '../../../../src/ml/forecasts/drift-measures.js'
import type { DriftQuestion } from '../../../../src/ml/forecasts/drift-measures.js'
import { Generator } from '../../../../src/ml/generator.js'
import { newestBars, sliceBars } from '../../../../src/ml/samples.js'
import { fitScaler } from '../../../../src/ml/fit/scaler.js'

const FITTED = 206
const LIVE = 60

/** Prices that vary around 1,000 without memory, then around 1,000 + `shift`, with moves that many times as large. */
function barsOf({ shift = 0, moves = 1, volume = 500 }: Record<string, number> = {}): BarColumns {
  const generator = Generator.fromSeed(11)
  const count = FITTED + LIVE
  const isLive = (place: number): boolean => place >= FITTED
  const column = (from: (place: number) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, place) => from(place))
  const draw = (place: number): number =>
    (isLive(place) ? 1_000 + shift : 1_000) +
    40 * (generator.nextUniform() - 0.5) * (isLive(place) ? moves : 1)
  const close = column(draw)
  return {
    sessions: Array.from({ length: count }, (_, place) => `session ${place}` as Session),
    open: column(draw),
    high: close.map((value) => value + 25),
    low: close.map((value) => value - 25),
    close,
    volume: column((place) => (isLive(place) ? volume : 500) * (0.5 + generator.nextUniform())),
  }
}

function questionOf(recipe: Recipe, bars: BarColumns, sessionsSinceFit: number): DriftQuestion {
  const last = bars.sessions.length - 1 - sessionsSinceFit
  const fittedBars = newestBars(sliceBars(bars, 0, last), windowBars(recipe))
  const table = columnTable(fittedBars, columnsOf(recipe), lagBars(recipe))
  const liveBars = liveBarsOf(bars, recipe, sessionsSinceFit)
  return { recipe, scaler: fitScaler(table, recipe.scaler), fittedBars, liveBars }
}

function driftOf(recipe: Recipe, bars: BarColumns, sessionsSinceFit = LIVE): Drift {
  return measureDrift(questionOf(recipe, bars, sessionsSinceFit))
}

describe.each([SEED_RECIPE, RETURNS_RECIPE])('a version of $name', (recipe) => {
  test('with unchanged inputs gives no warning', () => {
    const drift = driftOf(recipe, barsOf())
    expect(drift.warnings).toEqual([])
    expect(drift).toMatchObject({ liveSessions: 60, saturatedShare: null })
    expect(drift.features.map(({ feature }) => feature)).toEqual(recipe.features)
    expect(drift.rangeExceededShare).toBeLessThan(0.1)
    expect(Math.max(...drift.features.map(({ psi }) => psi))).toBeLessThan(0.45)
  })

  test('has live values inside its own window on the day of its fit', () => {
    const bars = barsOf({ shift: 300, moves: 3, volume: 0 })
    const drift = driftOf(recipe, bars, 0)
    expect(drift.liveSessions).toBe(20)
    if (recipe.scaler === 'minMax') expect(drift.rangeExceededShare).toBe(0)
    for (const { psi, psiBound } of drift.features) expect(psi).toBeLessThanOrEqual(psiBound)
    expect(drift.warnings).toEqual([])
  })
})

describe('a version that stays', () => {
  test('warns about each price that left its range, and not about the volume that did not', () => {
    const { features, warnings, rangeExceededShare } = driftOf(SEED_RECIPE, barsOf({ shift: 300 }))
    expect(features.map((each) => each.rangeExceededShare > 0.99)).toEqual([true, true, true, false])
    expect(rangeExceededShare).toBeGreaterThan(0.74)
    expect(warnings).toContain('100 % of the last 60 values of open lie outside the fitted range')
    expect(
      warnings.some((each) => /^the population stability index of high is \d\.\d\d over/.test(each)),
    ).toBe(true)
    expect(warnings.some((each) => each.includes('volume'))).toBe(false)
  })

  test('on returns warns about a more volatile market, not about a higher one', () => {
    const higher = barsOf({ shift: 45 })
    expect(driftOf(SEED_RECIPE, higher).warnings).not.toEqual([])
    expect(driftOf(RETURNS_RECIPE, higher).warnings).toEqual([])
    const { features, warnings } = driftOf(RETURNS_RECIPE, barsOf({ moves: 5 }))
    const open = features.find(({ feature }) => feature === 'openReturn')
    expect(open?.psi).toBeGreaterThan(open?.psiBound ?? NaN)
    expect(open?.rangeExceededShare).toBeGreaterThan(RANGE_WARNING.standard)
    expect(warnings.some((each) => each.includes('values of openReturn lie outside'))).toBe(true)
  })

  test('of a halted symbol warns about a volume of 0', () => {
    const { features, warnings } = driftOf(SEED_RECIPE, barsOf({ volume: 0 }))
    expect(features.at(-1)).toMatchObject({ feature: 'volume', rangeExceededShare: 1 })
    expect(warnings.filter((each) => each.includes('volume'))).toHaveLength(2)
    // A volume of 0 has no return, which is one that it has seen before.
    const halted = driftOf(RETURNS_RECIPE, barsOf({ volume: 0 })).features.at(-1)
    expect(halted).toMatchObject({ feature: 'volumeReturn', rangeExceededShare: 0 })
  })

  test('fitted on a constant counts any other value as out of range', () => {
    const constant = { ...barsOf(), volume: new Float64Array(FITTED + LIVE).fill(7) }
    expect(driftOf(SEED_RECIPE, constant).warnings).toEqual([])
    const other = { ...constant, volume: constant.volume.map((value, place) => (place < FITTED ? value : 6)) }
    for (const scaler of ['minMax', 'standard'] as const) {
      const { features, warnings } = driftOf({ ...SEED_RECIPE, scaler }, other)
      expect(features.at(-1)).toMatchObject({ feature: 'volume', rangeExceededShare: 1 })
      expect(warnings.filter((each) => each.includes('volume'))).toHaveLength(2)
    }
  })

  test('is measured by its own scaler, which a split makes outdated', () => {
    const question = questionOf(SEED_RECIPE, barsOf(), LIVE)
    const split = (bars: BarColumns): BarColumns => ({ ...bars, open: bars.open.map((price) => price / 50) })
    const { features } = measureDrift({
      ...question,
      fittedBars: split(question.fittedBars),
      liveBars: split(question.liveBars),
    })
    expect(features[0]?.rangeExceededShare).toBe(1)
    expect(features[0]?.psi).toBeLessThan(0.45)
  })

  test('warns about saturated predictions once there are five', () => {
    const question = questionOf(SEED_RECIPE, barsOf(), LIVE)
    const saturated = (...flags: boolean[]): Drift =>
      measureDrift({ ...question, predictions: flags.map((each) => ({ saturated: each })) })
    expect(saturated(true, true, true, false, false).warnings).toEqual([
      '60 % of 5 predictions are saturated',
    ])
    expect(saturated(true, true, false, false, false)).toMatchObject({ saturatedShare: 0.4, warnings: [] })
    expect(saturated(true, true, true, true)).toMatchObject({ saturatedShare: 1, warnings: [] })
  })

  test('is measured on its newest 20 to 60 bars, and one more for returns', () => {
    const bars = barsOf()
    const count = (recipe: Recipe, since: number): number => liveBarsOf(bars, recipe, since).sessions.length
    expect([0, 20, 21, 60, 200].map((since) => count(SEED_RECIPE, since))).toEqual([20, 20, 21, 60, 60])
    expect(count(RETURNS_RECIPE, 0)).toBe(21)
  })

  test('with an input that is not finite is refused', () => {
    const bars = barsOf()
    bars.open[FITTED + 3] = Number.NaN
    expect(() => driftOf(SEED_RECIPE, bars)).toThrow('open of session 209 is NaN')
  })
})
