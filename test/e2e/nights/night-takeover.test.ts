import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { parseCalendarFile } from '../../../src/domain/calendar/calendar-file.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import { addDays, fromDayNumber } from '../../../src/domain/calendar/session.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestFolder } from '../../support/database.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { startProgram } from '../../support/served.js'
import type { Served } from '../../support/served.js'

/** Real processes go by the machine's clock: today and tomorrow are closed, so that it is night whenever this runs. */
const TODAY = fromDayNumber(Math.floor((Date.now() + 9 * 3_600_000) / 86_400_000))
const CLOSED = [TODAY, addDays(TODAY, 1)]
const SYMBOLS = 150
const RECIPES = ['seed', 'slow']

let platform: TestPlatform
let database: pg.Client
let environment: Record<string, string>
let night: Session
let before: Session
let target: Session
const started: Served[] = []

beforeAll(async () => {
  const folder = await createTestFolder()
  const calendarFile = path.join(folder, 'calendar.json')
  const calendarText = JSON.stringify({ closures: CLOSED.map((date) => ({ date, reason: 'test' })) })
  await writeFile(calendarFile, calendarText)
  const recipesFile = path.join(folder, 'recipes.json')
  await writeFile(
    recipesFile,
    JSON.stringify({ recipes: [{ name: 'slow', extends: 'seed', hidden: 16, epochs: 100 }] }),
  )
  environment = {
    CALENDAR_FILE: calendarFile,
    RECIPES_FILE: recipesFile,
    WORKER_SLOTS: '2',
    NIGHT_RECIPES: RECIPES.join(','),
  }
  const calendar = parseCalendarFile(calendarText, calendarFile)
  night = calendar.lastClosedSession(new Date())
  before = calendar.previousSession(night)
  target = calendar.nextSession(night)
  platform = await createTestPlatform(`${TODAY}T12:00:00+09:00`, { worker: false, environment })
  environment = { ...environment, DATABASE_URL: platform.databaseUrl }
  database = new pg.Client(parseDatabaseUrl(platform.databaseUrl))
  await database.connect()

  let sessions = [night]
  while (sessions.length < 210) sessions = [calendar.previousSession(sessions[0] ?? night), ...sessions]
  const rows: RawBar[] = Array.from({ length: SYMBOLS }, (_, index) =>
    rawBars({
      symbol: String(100_000 + index),
      from: '2023-07-03',
      count: 210,
      seed: index,
      decimals: 0,
    }),
  ).flatMap((bars) => bars.map((bar, place) => ({ ...bar, session: sessions[place] ?? night })))
  await platform.services.ingestBars(delivery(rows.map((bar, index) => ({ ...bar, row: index + 1 }))))
  // The night before is on record, so a scheduler knows that this one is due.
  await database.query(
    `INSERT INTO night (date, status, trigger, recipes, reason, requested_at, finished_at)
     VALUES ($1, 'SKIPPED', 'SCHEDULE', '{}', 'paused: test', now(), now())`,
    [before],
  )
})
afterAll(async () => {
  await Promise.all(started.splice(0).map((one) => one.end('SIGKILL')))
  await database.end()
  await platform.close()
})

function serve(role: 'worker' | 'scheduler'): Served {
  const served = startProgram(['serve', '--role', role], environment)
  started.push(served)
  return served
}

async function outcomes(): Promise<number> {
  const { rows } = await database.query<{ count: number }>('SELECT count(*)::int FROM night_outcome')
  return rows[0]?.count ?? 0
}

async function untilOutcomes(count: number): Promise<void> {
  for (let looks = 0; looks < 6_000 && (await outcomes()) < count; looks += 1) await sleep(10)
  const found = await outcomes()
  if (found >= count) return
  throw new Error(`only ${found} outcomes: ${started.map((one) => one.output()).join('\n')}`)
}

it('a night whose workers are killed repeatedly is completed exactly once, whichever of two schedulers began it', async () => {
  const schedulers = [serve('scheduler'), serve('scheduler')]
  await Promise.all(schedulers.map((scheduler) => scheduler.says(/Nights {3}begin at/)))
  const said = schedulers.map((scheduler) => scheduler.output()).join('')
  expect(said.match(/the night of \S+ begins/g)).toHaveLength(1)
  expect(said).toMatch(/recorded already|none to catch up/)
  // A scheduler that restarts in the same minute, and one that is killed, change nothing.
  await schedulers[0]?.end('SIGKILL')
  await serve('scheduler').says(/Nights {3}begin at/)

  const total = SYMBOLS * RECIPES.length
  let last = 0
  for (const kill of [1, 2, 3]) {
    const worker = serve('worker')
    await untilOutcomes(last + 20 * kill)
    await worker.end('SIGKILL')
    last = await outcomes()
    expect(last).toBeLessThan(total)
  }
  const workers = [serve('worker'), serve('worker')]
  await untilOutcomes(total)
  for (let looks = 0; looks < 500; looks += 1) {
    if ((await platform.services.nights.night(night))?.status !== 'RUNNING') break
    await sleep(20)
  }
  expect(await platform.services.nights.night(night)).toMatchObject({
    status: 'SUCCEEDED',
    trigger: 'CATCH_UP',
    expected: total,
    recipes: RECIPES,
  })
  expect(await platform.services.nights.counts([night])).toEqual([
    { SUCCEEDED: total, FAILED: 0, ALREADY_ISSUED: 0, STALE: 0 },
  ])
  const { rows } = await database.query(
    `SELECT (SELECT count(*)::int FROM forecast) AS forecasts,
       (SELECT count(DISTINCT symbol_id)::int FROM forecast WHERE origin = 'ISSUED' AND target_session = $1) AS symbols,
       (SELECT count(*)::int FROM model_version WHERE origin = 'NIGHT' AND night = $2) AS versions,
       (SELECT count(DISTINCT (symbol_id, recipe_name))::int FROM model_version) AS fitted,
       (SELECT count(*)::int FROM night WHERE status <> 'SKIPPED') AS nights`,
    [target, night],
  )
  expect(rows).toEqual([{ forecasts: SYMBOLS, symbols: SYMBOLS, versions: total, fitted: total, nights: 1 }])
  await Promise.all(workers.map((worker) => worker.end('SIGTERM')))
  for (let looks = 0; looks < 500; looks += 1) {
    const { rowCount } = await database.query('SELECT 1 FROM graphile_worker.jobs')
    if (rowCount === 0) return
    await sleep(20)
  }
  const { rows: jobs } = await database.query('SELECT * FROM graphile_worker.jobs')
  expect(jobs).toEqual([])
}, 180_000)
