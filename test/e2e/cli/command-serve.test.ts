import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { rawBars } from '../../support/bars.js'
import { useCommandLine } from '../../support/command-line.js'
import { createTestDatabase, createTestFolder } from '../../support/database.js'

const cli = useCommandLine()
const { start, run, csvOf } = cli

async function untilSomebodyWaits(pool: ReturnType<typeof createPool>): Promise<void> {
  for (let looks = 0; looks < 500; looks += 1) {
    const { rows } = await pool.query(
      'SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())',
    )
    if (rows.length > 0) return
    await sleep(20)
  }
  throw new Error('nobody waits for the lock')
}

describe('kospigraph serve', () => {
  it('loads the sample market, answers, and drains on Ctrl-C', async () => {
    const empty = await createTestDatabase()
    const serve = start(['serve'], { DATABASE_URL: empty.url })
    const [, url = ''] = await serve.until(/GraphQL +(http:\S+)/)
    expect(serve.output()).toMatch(/SIM001, SIM002, SIM003: a simulated market of 1,500 bars/)
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ forecast(symbol: "SIM001") { servedBy } }' }),
    })
    expect(await answer.json()).toEqual({ data: { forecast: { servedBy: 'PERSISTENCE' } } })
    // A terminal's Ctrl-C comes twice where npm stands between.
    serve.child.kill('SIGINT')
    serve.child.kill('SIGINT')
    expect(await serve.exit).toBe(0)
    expect(serve.output()).not.toMatch(/at once/)
    await empty.drop()
  })

  it('completes a sample market that a kill has interrupted', async () => {
    const empty = await createTestDatabase()
    const pool = createPool(parseDatabaseUrl(empty.url), { max: 1 })
    const nights = async (): Promise<number> => (await pool.query('SELECT FROM night')).rows.length
    try {
      const first = start(['serve'], { DATABASE_URL: empty.url })
      for (let looks = 0; looks < 5_000 && (await nights()) < 3; looks += 1) await sleep(5)
      first.child.kill('SIGKILL')
      await first.exit
      const played = await nights()
      expect(played).toBeGreaterThan(2)
      expect(played).toBeLessThan(40)

      const second = start(['serve'], { DATABASE_URL: empty.url })
      const [, url = ''] = await second.until(/GraphQL +(http:\S+)/)
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: `{ symbols { edges { node { code trackRecord { forecasts } } } }
                    promotions(symbol: "SIM003") { edges { node { kind } } }
                    nights(simulated: true) { edges { node { status } } } }`,
        }),
      })
      const { data } = (await response.json()) as { data: Record<string, unknown> }
      expect(data).toEqual({
        symbols: {
          edges: ['SIM001', 'SIM002', 'SIM003'].map((code) => ({
            node: { code, trackRecord: { forecasts: 39 } },
          })),
        },
        promotions: { edges: [{ node: { kind: 'GIVE_WAY' } }, { node: { kind: 'TAKEOVER' } }] },
        nights: { edges: Array.from({ length: 40 }, () => ({ node: { status: 'SUCCEEDED' } })) },
      })
      second.child.kill('SIGTERM')
      expect(await second.exit).toBe(0)
    } finally {
      await pool.end()
      await empty.drop()
    }
  })

  it('keeps every row and starts again by itself after it was killed', async () => {
    const environment = { DATABASE_URL: '', KOSPIGRAPH_HOME: path.join(await createTestFolder(), 'home') }
    const file = await csvOf('killed.csv', 230)
    const first = start(['serve', '--no-sample'], environment)
    await first.until(/GraphQL/)
    expect((await run(['ingest', file, '--symbol', 'KOSPI'], environment)).output).toMatch(/230 stored/)
    first.child.kill('SIGKILL')
    await first.exit

    const second = start(['serve', '--no-sample'], environment)
    const [, url = ''] = await second.until(/GraphQL +(http:\S+)/)
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ dataSummary(symbol: "KOSPI") { rows } }' }),
    })
    expect(await response.json()).toEqual({ data: { dataSummary: { rows: 230 } } })
    second.child.kill('SIGTERM')
    expect(await second.exit).toBe(0)
  })

  it('drains when its terminal is closed', async () => {
    const serve = start(['serve', '--no-sample'])
    await serve.until(/GraphQL/)
    serve.child.kill('SIGHUP')
    expect(await serve.exit).toBe(0)
    expect(serve.output()).toMatch(/Stopping: running requests may finish/)
  })

  it('finishes a request that is running when the signal comes', async () => {
    const serve = start(['serve', '--no-sample'])
    const [, url = ''] = await serve.until(/GraphQL +(http:\S+)/)
    const bars = rawBars({ symbol: '', from: '2023-07-03', count: 240, decimals: 0 }).map(
      ({ session, open, high, low, close, volume }) => ({ session, open, high, low, close, volume }),
    )
    const blocker = createPool(parseDatabaseUrl(cli.databaseUrl), { max: 2 })
    try {
      const holder = await blocker.connect()
      await holder.query('BEGIN; LOCK TABLE symbol IN ACCESS EXCLUSIVE MODE')
      const answer = fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'mutation ($input: IngestBarsInput!) { ingestBars(input: $input) { stored } }',
          variables: { input: { symbol: '000270', bars } },
        }),
      }).then((response) => response.json())
      await untilSomebodyWaits(blocker)
      serve.child.kill('SIGTERM')
      await serve.until(/Stopping/)
      await holder.query('COMMIT')
      holder.release()
      expect(await answer).toEqual({ data: { ingestBars: { stored: 240 } } })
      expect(await serve.exit).toBe(0)
    } finally {
      await blocker.end()
    }
  })

  it('names the port that is taken and the variable that changes it', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    try {
      const { code, output } = await run(['serve', '--no-sample'], { PORT: String(port) })
      expect(code).toBe(1)
      expect(output).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is taken.*set PORT`))
      // Looked at first: this database cannot be opened.
      const unopened = { PORT: String(port), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
      expect((await run(['serve'], unopened)).output).toMatch(new RegExp(`^CONFIGURATION: Port ${port} `))
      const health = { HEALTH_PORT: String(port), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
      expect((await run(['serve', '--role', 'worker'], health)).output).toMatch(
        new RegExp(`^CONFIGURATION: Cannot listen on HEALTH_PORT ${port}`),
      )
    } finally {
      other.close()
    }
  })

  it('refuses another host without a token before it opens anything', async () => {
    const { code, output } = await run(['serve'], {
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    })
    expect(code).toBe(1)
    expect(output).toMatch(/CONFIGURATION: HOST 0\.0\.0\.0 .*set API_TOKEN/)
    expect(output).not.toMatch(/ {4}at /)
  })

  it('reports a database that cannot be reached', async () => {
    const { code, output } = await run(['serve'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    expect(code).toBe(1)
    expect(output).toMatch(/DATABASE: PostgreSQL at 127\.0\.0\.1:1\/none cannot be used/)
    expect(output).not.toMatch(/ {4}at /)
  })
})
