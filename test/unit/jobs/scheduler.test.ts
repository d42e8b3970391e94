import { startScheduler } from '../../../src/jobs/scheduler.js'
import type { RunningScheduler } from '../../../src/jobs/scheduler.js'
import { createLogger } from '../../../src/logger.js'

const { jest } = import.meta
const log = createLogger({ logLevel: 'silent', logFormat: 'json' })
const korea = (text: string): Date => new Date(`${text.replace(' ', 'T')}+09:00`)
/** Longer than the scheduler lets pass between two looks at the clock. */
const LOOK_MS = 15_000

let scheduler: RunningScheduler
let asked: string[]
let broken: boolean

async function start(now: string): Promise<void> {
  jest.useFakeTimers({ now: korea(now) })
  asked = []
  broken = false
  const ask = (what: string) => (): Promise<{ message: string }> => {
    const inKorea = new Date(Date.now() + 9 * 3_600_000).toISOString()
    asked.push(`${what} ${inKorea.slice(0, 16).replace('T', ' ')}`)
    return broken ? Promise.reject(new Error('no database')) : Promise.resolve({ message: what })
  }
  scheduler = await startScheduler({
    expression: '30 18 * * 1-5',
    log,
    clock: { now: () => new Date() },
    catchUp: ask('catchUp'),
    fire: ask('fire'),
  })
}
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms)

afterEach(async () => {
  await scheduler.stop()
  jest.useRealTimers()
})

test('the scheduler requests a night once at its start and once at the scheduled time', async () => {
  await start('2025-06-17 18:20:00')
  await pass(9 * 60_000)
  expect(asked).toEqual(['catchUp 2025-06-17 18:20'])
  await pass(61_000)
  expect(asked.slice(1)).toEqual(['fire 2025-06-17 18:30'])
  await pass(23 * 3_600_000)
  expect(asked).toHaveLength(2)
  await pass(3_600_000)
  expect(asked.slice(2)).toEqual(['fire 2025-06-18 18:30'])
})

test('a clock that jumps over the scheduled time triggers the request without the timer', async () => {
  await start('2025-06-17 12:00:00')
  jest.setSystemTime(korea('2025-06-17 18:45:00'))
  await pass(LOOK_MS)
  expect(asked.slice(1)).toEqual(['catchUp 2025-06-17 18:45', 'fire 2025-06-17 18:45'])
})

test('after days of sleep the scheduler requests missed nights first', async () => {
  await start('2025-06-17 12:00:00')
  jest.setSystemTime(korea('2025-06-20 18:30:20'))
  await pass(LOOK_MS)
  // Within a minute of a moment the schedule is on time, and begins the night itself.
  expect(asked.slice(1)).toEqual(['fire 2025-06-20 18:30'])
  jest.setSystemTime(korea('2025-06-25 08:00:00'))
  await pass(LOOK_MS)
  expect(asked.slice(2)).toEqual(['catchUp 2025-06-25 08:00', 'fire 2025-06-25 08:00'])
})

test('a clock set back triggers the scheduled time again, and one set ahead by mistake does not skip it', async () => {
  await start('2025-06-17 18:29:00')
  await pass(90_000)
  jest.setSystemTime(korea('2025-06-17 18:25:00'))
  await pass(6 * 60_000)
  expect(asked.slice(1)).toEqual(['fire 2025-06-17 18:30', 'fire 2025-06-17 18:30'])
  jest.setSystemTime(korea('2025-06-18 19:00:00'))
  await pass(LOOK_MS)
  jest.setSystemTime(korea('2025-06-18 18:29:30'))
  await pass(60_000)
  expect(asked.slice(3)).toEqual([
    ...['catchUp 2025-06-18 19:00', 'fire 2025-06-18 19:00'],
    'fire 2025-06-18 18:30',
  ])
})

test('the scheduler repeats its request until it succeeds', async () => {
  await start('2025-06-17 18:29:50')
  broken = true
  await pass(70_000)
  expect(asked.length).toBeGreaterThan(2)
  broken = false
  await pass(60_000)
  const answered = asked.length
  expect(asked.at(-1)).toMatch(/^fire/)
  await pass(3_600_000)
  expect(asked).toHaveLength(answered)
})
