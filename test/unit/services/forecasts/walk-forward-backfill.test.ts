import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import { SEED_RECIPE } from '../../../../src/domain/models/recipe.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { NewWalkForwardPoint } from '../../../../src/db/forecasts/walk-forwards.js'
import {
  backfill,
  historyOf,
  missingFolds,
  trailingPoints,
} from '../../../../src/services/forecasts/walk-forward-backfill.js'
import { simulateBars } from '../../ml/simulated-bars.js'
import { closeEngines, engineWith } from '../../ml/engine/wasm/wasm-engines.js'

afterEach(closeEngines)

const sessions = (count: number): Session[] =>
  Array.from({ length: count }, (_, place) => `2024-01-${String(place + 1).padStart(2, '0')}` as Session)

describe('missingFolds', () => {
  const places = (count: number, known: readonly number[], window: number, trailing: number): number[][] => {
    const all = sessions(count)
    const targets = new Set(known.map((place) => all[place] as Session))
    return missingFolds(all, targets, window, trailing).map((fold) => [
      ...[fold.trainFirst, fold.trainLast, fold.serveFirst, fold.serveLast],
    ])
  }

  it('forecasts the missing ones of the last sessions from the window before them', () => {
    expect(places(30, [], 10, 5)).toEqual([[15, 24, 25, 29]])
    expect(places(30, [26, 27], 10, 5)).toEqual([
      [15, 24, 25, 25],
      [18, 27, 28, 29],
    ])
    expect(places(30, [25, 26, 27, 28, 29], 10, 5)).toEqual([])
  })

  it('refits every 20 sessions, and skips sessions without a whole window before them', () => {
    expect(places(31, [], 6, 60)).toEqual([
      [0, 5, 6, 25],
      [20, 25, 26, 30],
    ])
    expect(places(6, [], 6, 60)).toEqual([])
  })
})

describe('historyOf', () => {
  const bars = (close: readonly number[]): BarColumns => {
    const column = Float64Array.from(close)
    return {
      sessions: sessions(close.length),
      open: column,
      high: column,
      low: column,
      close: column,
      volume: column,
    }
  }
  const read = (close: readonly number[]) => ({
    bars: bars(close),
    flags: close.map(() => 0),
    dataVersion: 1,
  })
  const point = (place: number, predictedClose: number, previousClose: number, refitEvery = 1) => ({
    targetSession: sessions(9)[place] as Session,
    predictedClose,
    previousClose,
    refitEvery,
  })

  it('pairs predictions with actual closes, rebased across a later split', () => {
    expect(historyOf(read([10, 11, 12]), [point(1, 505, 500, 20), point(2, 13, 11)], 60)).toEqual([
      { predicted: 10.1, actual: 11, previous: 10, backfilled: true },
      { predicted: 13, actual: 12, previous: 11, backfilled: false },
    ])
  })

  it('counts the last sessions that have a prediction, from a session on', () => {
    const points = [point(1, 1, 10), point(2, 2, 11), point(3, 3, 12)]
    const predicted = (count: number, since?: Session) =>
      historyOf(read([10, 11, 12, 13, 14]), points, count, since).map((session) => session.predicted)
    expect(predicted(60)).toEqual([1, 2, 3])
    expect(predicted(3)).toEqual([2, 3])
    expect(predicted(60, sessions(9)[3])).toEqual([3])
  })
})

describe('a backfilled walk-forward', () => {
  const recipe = { ...SEED_RECIPE, epochs: 2, windowSamples: 40 }

  async function made(bars: BarColumns): Promise<NewWalkForwardPoint[]> {
    const engine = engineWith(1)
    const points: NewWalkForwardPoint[] = []
    const read = { bars, flags: [...bars.sessions].map(() => 0), dataVersion: 3 }
    const judged = [{ symbolId: 1, code: 'KOSPI', read, recipes: [recipe] }]
    const store = {
      add: (added: readonly NewWalkForwardPoint[]) => Promise.resolve(void points.push(...added)),
      points: () => Promise.resolve(new Map()),
    }
    const known = await trailingPoints(store, judged, 60)
    await backfill(store, () => Promise.resolve(engine), judged, {
      points: known,
      sessions: 60,
      seed: 0,
      now: () => new Date(),
      signal: new AbortController().signal,
    })
    return points
  }

  it('equals the forecasts of that time: corrupting later bars changes nothing', async () => {
    const bars = simulateBars(120)
    const points = await made(bars)
    expect(points).toHaveLength(60)
    expect(points.every(({ basedOnSession, targetSession }) => basedOnSession < targetSession)).toBe(true)
    expect(points[0]).toMatchObject({ refitEvery: 20, dataVersion: 3, targetSession: bars.sessions[60] })
    const place = 93
    const corrupt = (column: Float64Array): Float64Array =>
      column.map((value, at) => (at < place ? value : value * (1 + at)))
    const { sessions: kept, open, high, low, close, volume } = bars
    const corrupted = await made({
      sessions: kept,
      open: corrupt(open),
      high: corrupt(high),
      low: corrupt(low),
      close: corrupt(close),
      volume: corrupt(volume),
    })
    const upTo = (all: readonly NewWalkForwardPoint[]) =>
      all.filter(({ targetSession }) => targetSession <= (bars.sessions[place] as Session))
    expect(upTo(points)).toHaveLength(34)
    expect(upTo(corrupted)).toEqual(upTo(points))
    expect(corrupted.at(-1)?.predictedClose).not.toBe(points.at(-1)?.predictedClose)
  })
})
