import type { Session } from '../../../src/domain/calendar/session.js'
import { ALL, EVENING, TUESDAY, useNights } from '../../support/nights.js'
import { createTestPlatform } from '../../support/platform.js'

const { open, ingest, until, issued } = useNights()

describe('nights that were missed', () => {
  it('are recorded and never issued; only the newest is caught up', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    expect(await platform.services.scheduleNights.catchUp()).toMatchObject({
      claimed: null,
      message: 'no night of real symbols is on record, so none was missed',
    })
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    // Down from Wednesday to Friday evening.
    platform.clock.at = new Date('2024-07-12T22:00:00+09:00')
    await ingest('2024-07-12', ['KOSPI'])
    const asked = await Promise.all([1, 2, 3].map(() => platform.services.scheduleNights.catchUp()))
    expect(asked.filter(({ claimed }) => claimed !== null)).toHaveLength(1)
    const friday = '2024-07-12' as Session
    expect(await until(friday, 'SUCCEEDED')).toMatchObject({ trigger: 'CATCH_UP' })
    const { items } = await platform.services.nights.nights(ALL)
    expect(items.map(({ session: date, status }) => [date, status])).toEqual([
      [friday, 'SUCCEEDED'],
      ['2024-07-11', 'MISSED'],
      ['2024-07-10', 'MISSED'],
      [TUESDAY, 'SUCCEEDED'],
    ])
    expect((await issued()).map(({ session }) => session)).toEqual(['2024-07-10', '2024-07-15'])
  })

  it.each(['fire', 'runNow'] as const)('are recorded when %s starts the next one', async (begin) => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    // The scheduler's machine slept, or an operator was first.
    platform.clock.at = new Date('2024-07-12T18:30:00+09:00')
    await ingest('2024-07-12', ['KOSPI'])
    await platform.services.scheduleNights[begin]()
    await until('2024-07-12' as Session, 'SUCCEEDED')
    await platform.services.scheduleNights.catchUp()
    const { items } = await platform.services.nights.nights(ALL)
    expect(items.map(({ status }) => status)).toEqual(['SUCCEEDED', 'MISSED', 'MISSED', 'SUCCEEDED'])
  })

  it.each([
    ['the next afternoon', '2024-07-10T16:00:00+09:00'],
    ['a Saturday, which has no moment', '2024-07-13T18:30:00+09:00'],
  ])('are not recorded by a request on %s', async (_, now) => {
    const platform = await open(now, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest('2024-07-12', ['KOSPI'])
    expect(await platform.services.scheduleNights.fire()).toMatchObject({ claimed: null })
    expect(await platform.services.nights.nights(ALL)).toMatchObject({ items: [] })
  })

  it('are not caught up before the schedule would have begun them, nor after the next session has opened', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.scheduleNights.fire()
    await until(TUESDAY, 'SUCCEEDED')
    platform.clock.at = new Date('2024-07-10T16:00:00+09:00')
    expect(await platform.services.scheduleNights.catchUp()).toMatchObject({
      claimed: null,
      message: 'the night of 2024-07-10 is not due yet',
    })
    platform.clock.at = new Date('2024-07-11T10:00:00+09:00')
    expect(await platform.services.scheduleNights.catchUp()).toMatchObject({ claimed: null })
    expect(await platform.services.nights.night('2024-07-10' as Session)).toMatchObject({ status: 'MISSED' })
  })
})

describe('the schedule', () => {
  it('is paused for a reason, which skips its nights, and resumed', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    const { scheduleNights, nights } = platform.services
    await expect(scheduleNights.pause(' ')).rejects.toThrow(/reason: it is empty/)
    expect(await scheduleNights.pause('vendor changes its prices')).toMatchObject({
      paused: true,
      pausedReason: 'vendor changes its prices',
      recipes: ['seed'],
      expression: '30 18 * * 1-5',
      nextRun: new Date('2024-07-10T18:30:00+09:00'),
    })
    await scheduleNights.fire()
    expect(await nights.night(TUESDAY)).toMatchObject({
      status: 'SKIPPED',
      reason: 'paused: vendor changes its prices',
    })
    expect(await scheduleNights.resume()).toMatchObject({ paused: false, pausedReason: null })
    // What was skipped stays skipped, until somebody wants it.
    expect(await scheduleNights.fire()).toMatchObject({ claimed: null })
    expect(await scheduleNights.runNow()).toMatchObject({
      session: TUESDAY,
      status: 'RUNNING',
      trigger: 'MANUAL',
    })
    await until(TUESDAY, 'SUCCEEDED')
    await expect(scheduleNights.runNow()).rejects.toThrow(/the night of 2024-07-09 has been done/)
    platform.clock.at = new Date('2024-07-10T10:00:00+09:00')
    await expect(scheduleNights.runNow()).rejects.toThrow(/2024-07-10 has opened/)
  })

  it('is refused at start where it is invalid, and so are unknown recipes', async () => {
    await open(EVENING, { worker: false })
    const start = (environment: Record<string, string>) => createTestPlatform(EVENING, { environment })
    await expect(start({ NIGHT_SCHEDULE: '30 25 * * *' })).rejects.toThrow(
      /NIGHT_SCHEDULE.*"25" is not a valid hour/,
    )
    await expect(start({ NIGHT_RECIPES: 'seed,gru' })).rejects.toThrow(/NIGHT_RECIPES.*"gru" does not exist/)
  })
})
