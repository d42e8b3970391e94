import { randomUUID } from 'node:crypto'
import { createPool, createPrisma, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { keepVersion } from '../../../src/db/forecasts/forecast-writer.js'
import { lockSymbol } from '../../../src/db/symbol-lock.js'
import { SEED_RECIPE } from '../../../src/domain/models/recipe.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import type { IngestRequest, IngestResult } from '../../../src/services/bars/ingest-bars.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
beforeEach(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
})
afterEach(async () => {
  await platform.close()
})

const FIRST = { limit: 10, fromEnd: false, after: undefined, before: undefined }
const PROVIDER = { source: 'PROVIDER', label: 'yahoo', rank: 10 } as const

function ingest(rows: readonly RawBar[], options: Partial<IngestRequest> = {}): Promise<IngestResult> {
  return platform.services.ingestBars({ ...delivery(rows), ...options })
}

const closes = async (symbol: string): Promise<readonly number[]> =>
  (await platform.services.market.barSeries(symbol, {}, 'DAY')).close

const KOSPI = rawBars({ symbol: 'KOSPI', from: '2024-01-02', count: 40 })
const SHARE = rawBars({ symbol: '005930', from: '2024-01-02', count: 40, decimals: 0 })
const changed = (rows: readonly RawBar[], at: number, change: Partial<RawBar>): RawBar[] =>
  rows.map((bar, index) => (index === at ? { ...bar, ...change } : bar))
const scaled = (rows: readonly RawBar[], ratio: number): RawBar[] =>
  rows.map((bar) => ({
    ...bar,
    open: Math.round(Number(bar.open) * ratio),
    high: Math.round(Number(bar.high) * ratio),
    low: Math.round(Number(bar.low) * ratio),
    close: Math.round(Number(bar.close) * ratio),
  }))

describe('a correction', () => {
  it('replaces a bar and counts as a correction, under the next data version', async () => {
    await ingest(KOSPI)
    const close = Number(KOSPI[3]?.low) + 0.01
    expect(await ingest(changed(KOSPI, 3, { close }))).toMatchObject({
      status: 'STORED',
      stored: 0,
      corrected: 1,
      unchanged: 39,
      rejected: 0,
      symbols: [{ code: 'KOSPI', dataVersion: 2, stored: 0, corrected: 1 }],
    })
    expect((await closes('KOSPI'))[3]).toBe(close)
  })

  it('is made by two writers at once, each under its own data version', async () => {
    await ingest(KOSPI)
    const close = (at: number): number => Number(KOSPI[at]?.low) + 0.01
    const writers = [3, 30].map((at) => changed(KOSPI, at, { close: close(at) }).slice(at - 1, at + 2))
    const results = await Promise.all(writers.map((rows) => ingest(rows)))
    expect(results).toMatchObject([{ corrected: 1 }, { corrected: 1 }])
    const versions = results.flatMap(({ symbols }) => symbols.map(({ dataVersion }) => dataVersion))
    expect(versions.sort()).toEqual([2, 3])
    const stored = await closes('KOSPI')
    expect([stored[3], stored[30]]).toEqual([close(3), close(30)])
  })

  it('of a lower-ranked source changes nothing and is listed; one of a higher-ranked source does', async () => {
    await ingest(KOSPI)
    const close = Number(KOSPI[3]?.low) + 0.01
    const result = await ingest(changed(KOSPI, 3, { close }), PROVIDER)
    expect(result).toMatchObject({ status: 'UNCHANGED', corrected: 0, unchanged: 39, dropped: 1 })
    expect(result.droppedRows).toMatchObject([{ row: 4, code: 'OUTRANKED' }])
    expect(result.droppedRows[0]?.message).toMatch(/^API:test has .*rank is higher$/)
    expect((await closes('KOSPI'))[3]).toBe(KOSPI[3]?.close)
    expect(await ingest(changed(KOSPI, 3, { close }), { rank: 60 })).toMatchObject({ corrected: 1 })
  })

  it('is not made where only the rounding of the volume differs', async () => {
    await ingest(KOSPI)
    const rounded = KOSPI.map((bar) => {
      const volume = Math.round(Number(bar.volume) / 10_000) * 10_000
      return { ...bar, volume, volumeStep: 10_000 }
    })
    expect(await ingest(rounded)).toMatchObject({ status: 'UNCHANGED', unchanged: 40 })
    const exact = rounded.map((bar) => ({ ...bar, volumeStep: 1 }))
    expect((await ingest(exact)).corrected).toBeGreaterThan(30)
  })

  it('gets a later knowledge time than the one before, whatever the clock', async () => {
    await ingest(KOSPI)
    platform.clock.at = new Date('2024-07-10T16:00:00+09:00')
    await ingest(changed(KOSPI, 3, { volume: 7 }))
    const page = await platform.services.market.bars('KOSPI', {}, 'DAY', FIRST)
    const knownAt = page.items.map((bar) => bar.knownAt.getTime())
    expect(Number(knownAt[3]) - Number(knownAt[2])).toBe(1)
  })
})

describe('a withdrawal', () => {
  const withdraw = (sessions: readonly string[], reason = 'a bad tick') =>
    platform.services.withdrawBars({
      source: 'API',
      label: 'test',
      rank: 50,
      symbol: 'KOSPI',
      reason,
      sessions: sessions as Session[],
    })

  it('removes bars, and reports sessions without one', async () => {
    await ingest(KOSPI)
    expect(await withdraw(['2024-01-06'])).toEqual({ withdrawn: 0, symbol: null, ingestionId: null })
    expect(await withdraw(['2024-01-06', '2024-01-08'])).toMatchObject({
      withdrawn: 1,
      symbol: { dataVersion: 2, withdrawn: 1 },
    })
    expect(await closes('KOSPI')).toHaveLength(39)
  })

  it('outranks a lower-ranked source, but not an equal one', async () => {
    await ingest(KOSPI)
    await withdraw(['2024-01-08'])
    expect(await ingest(KOSPI, PROVIDER)).toMatchObject({
      status: 'UNCHANGED',
      unchanged: 39,
      dropped: 1,
      droppedRows: [{ code: 'OUTRANKED', session: '2024-01-08' }],
    })
    expect(await ingest(KOSPI)).toMatchObject({ stored: 1 })
    expect(await ingest(KOSPI, PROVIDER)).toMatchObject({ unchanged: 40, dropped: 0 })
  })

  it('requires sessions, a bounded number of them, and a reason', async () => {
    await ingest(KOSPI)
    await expect(withdraw([])).rejects.toThrow('between 1 and 1000')
    const sessions = ['2024-01-08']
    await expect(withdraw(sessions, ' ')).rejects.toThrow('reason: it is empty; give 1 to 500 characters')
    await expect(withdraw(sessions, 'x'.repeat(501))).rejects.toThrow(
      'reason: it has 501 characters; give 1 to 500 characters',
    )
  })

  it('stores the longest reason whole', async () => {
    await ingest(KOSPI)
    const reason = '체결되지 않은 가격'.repeat(50)
    await withdraw(['2024-01-08'], reason)
    const { items } = await platform.services.ingestions.ingestions('KOSPI', {
      limit: 1,
      fromEnd: false,
      after: undefined,
      before: undefined,
    })
    expect([items[0]?.note, items[0]?.note?.length]).toEqual([reason, 500])
  })
})

describe('a back-adjustment', () => {
  it('is recognised by its single ratio, and no bar of the symbol is stored', async () => {
    await ingest(SHARE.slice(0, 30))
    const result = await ingest(scaled(SHARE, 0.2))
    expect(result).toMatchObject({
      status: 'REJECTED',
      stored: 0,
      corrected: 0,
      rejected: 40,
      problems: [{ row: 1, symbol: '005930', code: 'BACK_ADJUSTMENT' }],
      adjustments: [{ symbol: '005930', bars: 30, barsBefore: 0, accepted: false }],
    })
    expect(result.adjustments[0]?.ratio).toBeCloseTo(0.2, 3)
    expect(await closes('005930')).toEqual(SHARE.slice(0, 30).map((bar) => bar.close))
  })

  it('leaves the other symbols of a skipping delivery alone', async () => {
    await ingest(SHARE)
    const other = rawBars({ symbol: '000660', from: '2024-01-02', count: 5, decimals: 0 })
    const rows = [...scaled(SHARE, 2), ...other].map((bar, index) => ({ ...bar, row: index + 1 }))
    expect(await ingest(rows, { onInvalid: 'SKIP' })).toMatchObject({ stored: 5, corrected: 0, rejected: 40 })
  })

  it('is applied where it is accepted, and marks the versions fitted to the old prices', async () => {
    const long = rawBars({ symbol: '005930', from: '2023-01-02', count: 260, decimals: 0 })
    await ingest(long)
    await platform.services.runs.retrain({
      symbol: '005930',
      recipe: 'seed',
      seed: 0,
      origin: 'MANUAL',
    })
    expect(await ingest(scaled(long, 0.5), { acceptAdjustments: true })).toMatchObject({
      status: 'STORED',
      corrected: 260,
      rejected: 0,
      adjustments: [{ bars: 260, accepted: true }],
    })
    const versions = await platform.services.models.modelVersions('005930', undefined, FIRST)
    expect(versions.items).toMatchObject([{ adjustedVersion: 2 }])
  })

  it('also marks a version that was fitted to the old prices and is stored later', async () => {
    const long = rawBars({ symbol: '005930', from: '2023-01-02', count: 260, decimals: 0 })
    await ingest(long)
    const retrain = { symbol: '005930', recipe: 'seed', seed: 0, origin: 'MANUAL' } as const
    await platform.services.runs.retrain(retrain)
    const before = (await platform.services.models.modelVersions('005930', undefined, FIRST)).items[0]
    if (!before) throw new Error('there is no version')
    await ingest(scaled(long, 0.5), { acceptAdjustments: true })
    const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
    const prisma = createPrisma(pool)
    try {
      const version = { ...before, id: randomUUID(), seed: 1 }
      await prisma.$transaction(async (tx) => {
        const symbol = await lockSymbol(tx, before.symbolId)
        await keepVersion(tx, symbol, { recipe: SEED_RECIPE, version }, platform.clock.at)
      })
      const { items } = await platform.services.models.modelVersions('005930', undefined, FIRST)
      expect(items).toMatchObject([
        { seed: 1, adjustedVersion: 2 },
        { seed: 0, adjustedVersion: 2 },
      ])
    } finally {
      await prisma.$disconnect()
      await pool.end()
    }
  })

  it('may end at a split in the stored bars', async () => {
    await ingest(SHARE)
    const partly = [...scaled(SHARE.slice(0, 25), 0.1), ...SHARE.slice(25)]
    expect((await ingest(partly)).adjustments).toMatchObject([{ bars: 25, lastSession: SHARE[24]?.session }])
  })

  it('has a step for every split, each reported, and is applied as a whole where it is accepted', async () => {
    await ingest(SHARE.slice(0, 30))
    const split = [
      ...scaled(SHARE.slice(0, 10), 0.02),
      ...scaled(SHARE.slice(10, 25), 0.2),
      ...SHARE.slice(25),
    ]
    const result = await ingest(split)
    expect(result).toMatchObject({ status: 'REJECTED', rejected: 40, stored: 0, corrected: 0 })
    expect(result.adjustments.map(({ ratio, bars }) => [Number(ratio.toPrecision(2)), bars])).toEqual([
      [0.02, 10],
      [0.2, 15],
    ])
    expect(result.problems.map(({ row, session }) => [row, session])).toEqual([
      [1, SHARE[0]?.session],
      [11, SHARE[10]?.session],
    ])
    expect(await ingest(split, { acceptAdjustments: true })).toMatchObject({ stored: 10, corrected: 25 })
    expect(await closes('005930')).toEqual(split.map((bar) => bar.close))
  })

  it('is not detected where only a few bars differ, or the ratios do', async () => {
    await ingest(SHARE)
    const two = [...scaled(SHARE.slice(0, 2), 0.5), ...SHARE.slice(2)]
    expect(await ingest(two)).toMatchObject({ adjustments: [], corrected: 2 })
    const uneven = SHARE.map((bar, index) => scaled([bar], 1 + index / 100)[0] ?? bar)
    expect(await ingest(uneven)).toMatchObject({ adjustments: [] })
  })

  it('may come from a lower-ranked source once it is accepted', async () => {
    await ingest(SHARE)
    const accepted = { ...PROVIDER, acceptAdjustments: true }
    expect(await ingest(scaled(SHARE, 0.5), accepted)).toMatchObject({ corrected: 40, dropped: 0 })
  })
})

describe('flags that depend on neighbours', () => {
  const flagged = async (code: string): Promise<[string, number][]> => {
    const page = await platform.services.market.bars(code, {}, 'DAY', { ...FIRST, limit: 100 })
    return page.items.filter((bar) => bar.flags !== 0).map((bar) => [bar.session, bar.flags])
  }

  it('do not depend on the order in which a history arrives', async () => {
    const jump = SHARE.map((bar, index) => (index < 30 ? bar : (scaled([bar], 2)[0] ?? bar)))
    const counts = await ingest(jump)
    expect(counts).toMatchObject({
      flagged: 1,
      flags: [
        { flag: 'LIMIT', rows: 1 },
        { flag: 'BREAK', rows: 1 },
      ],
    })
    const inOrder = await flagged('005930')
    expect(inOrder).toEqual([[SHARE[30]?.session, 66]])
    const of = (symbol: string) => jump.map((bar) => ({ ...bar, symbol }))
    await ingest(of('000660').toReversed())
    expect(await flagged('000660')).toEqual(inOrder)
    for (const part of [of('000270').slice(20), of('000270').slice(0, 20)]) await ingest(part)
    expect(await flagged('000270')).toEqual(inOrder)
  })

  it('of the bar after a corrected one are computed anew', async () => {
    const spike = changed(SHARE, 20, { high: 9_000, close: 9_000 })
    expect(await ingest(spike)).toMatchObject({
      flags: [
        { flag: 'LIMIT', rows: 2 },
        { flag: 'BREAK', rows: 2 },
      ],
    })
    expect(await flagged('005930')).toHaveLength(2)
    expect(await ingest(SHARE)).toMatchObject({ corrected: 1, flagged: 0 })
    expect(await flagged('005930')).toEqual([])
  })
})
