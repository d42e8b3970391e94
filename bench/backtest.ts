/**
 * Times a walk-forward backtest end to end: requested through GraphQL, queued, fitted before every session, every
 * row stored, and every fold streamed over graphql-ws to 10 subscribers in a separate process, until the last of
 * them has received the end. 2,450 sessions of the KOSPI, `seed` recipe.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { IngestResult } from '../src/services/bars/ingest-bars.js'
import { RANK_OF_PEOPLE } from '../src/domain/bars/delivery.js'
import { openBarFile } from '../src/market/csv/bar-file.js'
import { withOwnPlatform } from './support/database.js'
import type { SubscribersReport, SubscribersTask } from './support/backtest-subscribers.js'

const SESSIONS = 2_450
const SUBSCRIBERS = 10
const HERE = path.dirname(fileURLToPath(import.meta.url))
const DATA = path.resolve(HERE, '../../../shared/data/index')
const FILES = ['pykrx-korean-headers_2010-2021.csv', 'pykrx_2020-2026.csv']

type Platform = Parameters<Parameters<typeof withOwnPlatform>[0]>[0]

async function ingest({ services }: Platform, name: string): Promise<IngestResult> {
  const source = await openBarFile(path.join(DATA, name), { symbol: 'KOSPI' })
  const result = await services.ingestBars({
    source: 'FILE',
    label: name,
    rank: RANK_OF_PEOPLE,
    onInvalid: 'FAIL',
    batches: source.batches,
    checksum: () => source.checksum(),
  })
  if (result.status !== 'STORED') throw new Error(`${name}: ${result.status}`)
  return result
}

async function ask<Data>(url: string, query: string, variables: Record<string, unknown>): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] }
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '))
  return data
}

export async function main(): Promise<void> {
  await withOwnPlatform(async (platform) => {
    for (const file of FILES) await ingest(platform, file)
    const { sessions } = await platform.services.market.barSeries('KOSPI', {}, 'DAY')
    const from = sessions.at(-SESSIONS)
    await platform.work()
    const server = await platform.listen()
    const child = fork(path.join(HERE, 'support/backtest-subscribers.js'))
    try {
      const hear = async (): Promise<SubscribersReport> => {
        const [report] = (await once(child, 'message')) as [SubscribersReport]
        return report
      }
      const task: SubscribersTask = { url: server.url, clients: SUBSCRIBERS }
      child.send(task)
      await hear()

      const startedMs = Date.now()
      const { startBacktest } = await ask<{ startBacktest: { id: string; folds: number } }>(
        server.url,
        `mutation ($from: LocalDate!) { startBacktest(input: { symbol: "KOSPI", from: $from }) { id folds } }`,
        { from },
      )
      child.send(startBacktest.id)
      const done = await hear()
      if (done.kind !== 'done' || done.rows.some((rows) => rows !== SESSIONS)) {
        throw new Error(`not every subscriber received every row: ${JSON.stringify(done)}`)
      }
      const seconds = (done.endMs - startedMs) / 1_000
      const firstEventSeconds = (Math.max(...done.firstEventsMs) - startedMs) / 1_000
      const { backtest } = await ask<{ backtest: Record<string, unknown> }>(
        server.url,
        `query ($id: ID!) { backtest(id: $id) { status doneSessions device
           metrics { forecast { skill } strategy { net { totalReturn } } } } }`,
        { id: startBacktest.id },
      )
      console.log(
        `${SESSIONS.toLocaleString('en-US')} sessions from ${String(from)}, a fit before each, ${SUBSCRIBERS} subscribers`,
      )
      console.log(JSON.stringify(backtest))
      console.log(
        `first event at every subscriber after ${firstEventSeconds.toFixed(2)} s, the end after ${seconds.toFixed(1)} s`,
      )
      console.log(JSON.stringify({ sessions: SESSIONS, seconds, firstEventSeconds }))
    } finally {
      child.kill()
      await server.close()
    }
  })
}
