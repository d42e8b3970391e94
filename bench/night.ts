/**
 * Times one night over the universe with the `seed` recipe. Its bars up to 2025-06-16 are stored and have had
 * their first night, untimed. Then the bars of 2025-06-17 arrive, the clock is set to that evening, and the night
 * is timed from its request to its end, every step included. Meanwhile a separate process sends the API a small
 * query and measures its 99th percentile.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Platform } from '../src/compose/platform.js'
import type { NightRecord } from '../src/domain/nights/night-record.js'
import { RANK_OF_PEOPLE } from '../src/domain/bars/delivery.js'
import type { RawBar } from '../src/domain/bars/row-outcome.js'
import type { Session } from '../src/domain/calendar/session.js'
import { openBarFile } from '../src/market/csv/bar-file.js'
import { withOwnPlatform } from './support/database.js'

const FILE = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../../../shared/data/universe/krx_daily_2023-2025.csv.gz',
)
const FIRST = '2025-06-16' as Session
const TIMED = '2025-06-17' as Session
const LIMIT_SECONDS = 45
const LOOK_MS = 20

/** Returns the rows of the universe that `wanted` keeps, as one delivery. */
async function ingest({ services }: Platform, wanted: (session: string) => boolean): Promise<void> {
  const source = await openBarFile(FILE, {})
  async function* kept(): AsyncGenerator<readonly RawBar[]> {
    for await (const batch of source.batches) yield batch.filter(({ session }) => wanted(session))
  }
  const { status } = await services.ingestBars({
    source: 'FILE',
    label: path.basename(FILE),
    rank: RANK_OF_PEOPLE,
    onInvalid: 'SKIP',
    batches: kept(),
    checksum: () => `bench-night-${wanted(TIMED) ? TIMED : FIRST}`.padEnd(64, '0'),
  })
  if (status !== 'STORED') throw new Error(`the bars of the universe: ${status}`)
}

async function runNight({ services }: Platform): Promise<{ night: NightRecord; seconds: number }> {
  const startedMs = performance.now()
  const { session: date } = await services.scheduleNights.runNow()
  for (;;) {
    const night = await services.nights.night(date)
    if (night && night.status !== 'RUNNING') {
      const seconds = (performance.now() - startedMs) / 1_000
      if (night.status !== 'SUCCEEDED')
        throw new Error(`the night of ${date}: ${night.status} ${night.reason ?? ''}`)
      return { night, seconds }
    }
    await sleep(LOOK_MS)
  }
}

/**
 * Sends queries until it is stopped.
 * @returns the duration of each answer, in milliseconds
 */
async function startAsking(url: string): Promise<() => Promise<readonly number[]>> {
  const child = fork(fileURLToPath(new URL('./support/api-asker.js', import.meta.url)), [url])
  await once(child, 'message')
  return async () => {
    const answer = once(child, 'message')
    child.send('stop')
    const [times] = (await answer) as [readonly number[]]
    return times
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export async function main(): Promise<void> {
  const clock = { at: new Date(`${FIRST}T18:30:00+09:00`), now: () => clock.at }
  const environment = { NIGHT_RECIPES: 'seed', ML_THREADS: '2', PORT: '0' }
  await withOwnPlatform(
    async (platform, connect) => {
      await platform.work()
      const server = await platform.listen()
      await ingest(platform, (session) => session <= FIRST)
      const first = await runNight(platform)
      console.log(`first night ${FIRST}, untimed: ${first.seconds.toFixed(1)} s`)
      clock.at = new Date(`${TIMED}T18:30:00+09:00`)
      await ingest(platform, (session) => session === TIMED)
      const stopAsking = await startAsking(server.url)
      const load = loadavg()[0] ?? Number.NaN
      const { night, seconds } = await runNight(platform)
      const times = await stopAsking()
      await server.close()
      const [counts] = await platform.services.nights.counts([TIMED])
      const { symbols, forecasts } = await connect(async (client) => {
        const { rows } = await client.query<{ symbols: number; forecasts: number }>(
          `SELECT (SELECT count(DISTINCT symbol_id)::int FROM night_outcome WHERE date = $1) AS symbols,
             (SELECT count(*)::int FROM forecast WHERE origin = 'ISSUED' AND based_on_session = $1) AS forecasts`,
          [TIMED],
        )
        return rows[0] ?? { symbols: 0, forecasts: 0 }
      })
      const queryP99Ms = Math.round(percentile(times, 0.99) * 10) / 10
      const results: [string, string][] = [
        ['symbols', String(symbols)],
        ['outcomes', JSON.stringify(counts)],
        ['expected', String(night.expected)],
        ['forecasts', String(forecasts)],
        ['seconds', `${seconds.toFixed(1)} (at most ${LIMIT_SECONDS})`],
        [
          'queries',
          `${times.length} meanwhile, median ${percentile(times, 0.5).toFixed(1)} ms, p99 ${queryP99Ms} ms`,
        ],
        ['load before', load.toFixed(2)],
      ]
      for (const [name, value] of results) console.log(`${name.padEnd(14)}${value}`)
      if (seconds > LIMIT_SECONDS) process.exitCode = 1
      console.log(
        JSON.stringify({
          symbols,
          seconds: Math.round(seconds * 10) / 10,
          forecasts,
          failed: counts?.FAILED,
          queries: times.length,
          queryP99Ms,
          load: Math.round(load * 100) / 100,
        }),
      )
    },
    { clock, environment },
  )
}
