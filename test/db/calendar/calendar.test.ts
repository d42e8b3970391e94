/** The operator's calendar, from its file to what is stored. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { openPlatform } from '../../../src/compose/platform.js'
import { parseConfig } from '../../../src/config.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import type { Logger } from '../../../src/logger.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestDatabase, createTestFolder } from '../../support/database.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

// By law the 4th of October 2027 is closed, and the 8th, a Friday, is not; the 11th is for Hangul Day.
const CALENDAR = {
  closures: [{ date: '2027-10-08', reason: 'Temporary public holiday' }],
  sessions: ['2027-10-04'],
  hours: [{ date: '2027-10-12', open: '10:00', close: '16:30' }],
}
const ROWS = rawBars({ symbol: 'KOSPI', from: '2026-11-02', count: 240 })
const upTo = (last: string) => ROWS.filter(({ session }) => session <= last)
const extra = (session: string) => {
  const bar = ROWS.find((row) => row.session === '2027-10-01')
  if (!bar) throw new Error('there is no bar of 2027-10-01')
  // Not the bar before it, and near enough to be a day's move.
  const near = (share: number): number => Math.round(Number(bar.close) * share * 100) / 100
  return { ...bar, session, open: near(1), high: near(1.02), low: near(0.99), close: near(1.01) }
}

let platforms: TestPlatform[] = []
const open = async (now: string, file?: string): Promise<TestPlatform> => {
  const platform = await createTestPlatform(
    now,
    file === undefined ? {} : { environment: { CALENDAR_FILE: file } },
  )
  platforms.push(platform)
  return platform
}
afterEach(async () => {
  for (const platform of platforms) await platform.close()
  platforms = []
})

async function calendarFile(): Promise<string> {
  const file = path.join(await createTestFolder(), 'calendar.json')
  await writeFile(file, JSON.stringify(CALENDAR))
  return file
}

describe('a configured calendar', () => {
  it('decides which bars are accepted or missing, and the forecast session', async () => {
    const { services, clock } = await open('2027-10-07T20:00:00+09:00', await calendarFile())
    await services.ingestBars(delivery(upTo('2027-10-07')))
    expect((await services.market.dataSummary('KOSPI')).missingSessions).toEqual(['2027-10-04'])
    expect(await services.ingestBars(delivery([extra('2027-10-04')]))).toMatchObject({ stored: 1 })
    expect((await services.market.dataSummary('KOSPI')).missingCount).toBe(0)

    // Before the later opening of the next session, two holidays and a weekend on.
    clock.at = new Date('2027-10-12T09:59:00+09:00')
    const run = await services.runs.retrain({
      symbol: 'KOSPI',
      recipe: 'seed',
      seed: 0,
      origin: 'MANUAL',
    })
    const [forecast] = await services.forecasts.forecastsById([run.forecastId ?? ''])
    expect(forecast).toMatchObject({ targetSession: '2027-10-12' as Session, origin: 'ISSUED' })

    clock.at = new Date('2027-10-12T16:29:00+09:00')
    const early = await services.ingestBars(delivery([extra('2027-10-12')]))
    expect(early).toMatchObject({ status: 'REJECTED', problems: [{ code: 'NOT_CLOSED' }] })
    clock.at = new Date('2027-10-12T16:30:00+09:00')
    expect(await services.ingestBars(delivery([extra('2027-10-12')]))).toMatchObject({ stored: 1 })
    const rejected = await services.ingestBars(delivery([extra('2027-10-08')]))
    expect(rejected).toMatchObject({ status: 'REJECTED', problems: [{ code: 'CLOSED_DAY' }] })
  })

  it('is the computed one without a file', async () => {
    const { services } = await open('2027-10-08T20:00:00+09:00')
    await services.ingestBars(delivery(upTo('2027-10-07')))
    expect((await services.market.dataSummary('KOSPI')).missingCount).toBe(0)
    const closed = await services.ingestBars(delivery([extra('2027-10-04')]))
    expect(closed).toMatchObject({ status: 'REJECTED', problems: [{ code: 'CLOSED_DAY' }] })
    expect(await services.ingestBars(delivery([extra('2027-10-08')]))).toMatchObject({ stored: 1 })
  })
})

test('a starting server logs once that the calendar ends soon, and nothing before that', async () => {
  const database = await createTestDatabase()
  const config = parseConfig({ DATABASE_URL: database.url, ML_THREADS: '1', PORT: '0' }, '/')
  const warned: string[] = []
  const ignore = (): void => undefined
  const warn = (line: string): void => void warned.push(line)
  const log = { debug: ignore, info: ignore, warn, error: ignore } as Logger
  for (const now of ['2026-09-01T09:00:00Z', '2026-12-01T09:00:00Z']) {
    const platform = await openPlatform(config, log, { now: () => new Date(now) })
    expect(warned).toHaveLength(0)
    await (await platform.listen()).close()
    await platform.close()
    expect(warned).toHaveLength(now < '2026-10' ? 0 : 1)
  }
  expect(warned[0]).toMatch(/closures are on record to 2026-12-31.*CALENDAR_FILE/)
  await database.drop()
})
