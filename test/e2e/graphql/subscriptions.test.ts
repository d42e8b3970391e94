import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import type { Client, FormattedExecutionResult } from 'graphql-ws'
import { WebSocket } from 'ws'
import { createSchema } from '../../../src/graphql/server/schema.js'
import { createAccess } from '../../../src/graphql/server/access.js'
import type { GraphQLServices } from '../../../src/graphql/context.js'
import { createFormatError } from '../../../src/graphql/server/errors.js'
import { serveSockets } from '../../../src/graphql/server/sockets.js'
import type { SocketLimits } from '../../../src/graphql/server/sockets.js'
import { createLogger } from '../../../src/logger.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const EVENING = '2024-07-09T20:00:00+09:00'
const ROWS = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 250 }).filter(
  ({ session }) => session <= '2024-07-09',
)

let platform: TestPlatform
const clients: Client[] = []

beforeAll(async () => {
  platform = await createTestPlatform(EVENING)
  await platform.services.ingestBars(delivery(ROWS))
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose()
})
afterAll(async () => {
  await platform.close()
})

function open(url: string): Client {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  clients.push(client)
  return client
}

type Told = FormattedExecutionResult<Record<string, unknown>, unknown>

interface Listening {
  readonly told: Told[]
  readonly errors: unknown[]
  /** Waits for so many in all. */
  until(count: number): Promise<void>
}

function listen(client: Client, query: string, variables: Record<string, unknown> = {}): Listening {
  const listening = {
    told: [] as Told[],
    errors: [] as unknown[],
    async until(count: number) {
      for (let looks = 0; listening.told.length < count && looks < 1_000; looks += 1) await sleep(10)
      if (listening.told.length < count) throw new Error(`${listening.told.length} of ${count} came`)
    },
  }
  client.subscribe(
    { query, variables },
    {
      next: (result) => void listening.told.push(result),
      error: (error) => void listening.errors.push(error),
      complete: () => undefined,
    },
  )
  return listening
}

/** Waits until the subscription receives events: a client cannot tell otherwise that it listens. */
async function listens(all: Listening): Promise<void> {
  for (let round = 0; all.told.length === 0 && round < 100; round += 1) {
    const [first] = rawBars({ symbol: '999990', from: '2024-01-02', count: 1, seed: round, decimals: 0 })
    if (first) await platform.services.ingestBars(delivery([first]))
    await sleep(50)
  }
  if (all.told.length === 0) throw new Error(`nothing was told: ${JSON.stringify(all.errors)}`)
  all.told.splice(0)
}

describe('live subscriptions', () => {
  it('refuse an unknown symbol', async () => {
    const client = open(await platform.url())
    for (const field of ['barsIngested', 'forecastIssued']) {
      const result = await client
        .iterate({ query: `subscription { ${field}(symbol: "000660") { id } }` })
        .next()
      expect(result.value).toMatchObject({
        errors: [
          { message: expect.stringContaining('000660') as string, extensions: { code: 'BAD_USER_INPUT' } },
        ],
      })
    }
  })

  it('send each delivery that changes bars once, whichever process stored it', async () => {
    const client = open(await platform.url())
    const fields = '{ label stored symbols symbolCount }'
    const all = listen(client, `subscription { barsIngested ${fields} }`)
    const one = listen(client, `subscription { barsIngested(symbol: "KOSPI") ${fields} }`)
    await listens(all)
    expect(one.told).toEqual([])
    const shares = rawBars({ symbol: '005930', from: '2024-01-02', count: 3, decimals: 0 })
    await platform.services.ingestBars(delivery(shares))
    await platform.services.ingestBars(delivery(shares))
    const [last] = ROWS.slice(-1)
    if (last) await platform.services.ingestBars(delivery([{ ...last, volume: 7 }]))
    await all.until(2)
    await one.until(1)
    await sleep(100)
    const barsOf = ({ told }: Listening): unknown[] => told.map(({ data }) => data?.['barsIngested'])
    expect(barsOf(all)).toMatchObject([
      { label: 'test', stored: 3, symbols: ['005930'], symbolCount: 1 },
      { stored: 0, symbols: ['KOSPI'] },
    ])
    expect(barsOf(one)).toMatchObject([{ symbols: ['KOSPI'] }])
  })

  it('send a delivery of very many symbols to every subscriber', async () => {
    const client = open(await platform.url())
    const one = listen(client, 'subscription { barsIngested(symbol: "KOSPI") { symbolCount } }')
    const all = listen(client, 'subscription { barsIngested { symbolCount } }')
    await listens(all)
    const market = Array.from({ length: 2_001 }, (_, at) =>
      rawBars({ symbol: String(100_000 + at), from: '2024-01-02', count: 1, decimals: 0 }),
    ).flat()
    await platform.services.ingestBars(delivery(market))
    await one.until(1)
    expect(one.told[0]?.data).toEqual({ barsIngested: { symbolCount: 2_001 } })
  })

  it('send issued forecasts, but not replays', async () => {
    const client = open(await platform.url())
    const told = listen(
      client,
      'subscription { forecastIssued(symbol: "KOSPI") { origin targetSession symbol { code } modelVersion { number } } }',
    )
    const all = listen(client, 'subscription { barsIngested { id } }')
    await listens(all)
    const request = { symbol: 'KOSPI', recipe: 'seed', seed: 0, origin: 'MANUAL' } as const
    const { runs } = platform.services
    await runs.retrain({ ...request, asOfSession: '2024-06-05' as never })
    await runs.retrain(request)
    await told.until(1)
    await sleep(100)
    expect(told.told).toEqual([
      {
        data: {
          forecastIssued: {
            origin: 'ISSUED',
            targetSession: '2024-07-10',
            symbol: { code: 'KOSPI' },
            modelVersion: { number: 2 },
          },
        },
      },
    ])
  })

  it('read each event anew, however long the subscription lasts', async () => {
    const client = open(await platform.url())
    const told = listen(client, 'subscription { forecastIssued { targetSession symbol { dataVersion } } }')
    const all = listen(client, 'subscription { barsIngested { id } }')
    await listens(all)
    const { services, clock } = platform
    const rows = rawBars({ symbol: '000010', from: '2023-07-03', count: 260, decimals: 0 })
    for (const today of ['2024-07-09', '2024-07-10']) {
      clock.at = new Date(`${today}T20:00:00+09:00`)
      await services.ingestBars(delivery(rows.filter(({ session }) => session <= today)))
      await services.runs.retrain({ symbol: '000010', recipe: 'seed', seed: 0, origin: 'MANUAL' })
    }
    clock.at = new Date(EVENING)
    await told.until(2)
    expect(told.told.map(({ data }) => data?.['forecastIssued'])).toEqual([
      { targetSession: '2024-07-10', symbol: { dataVersion: 1 } },
      { targetSession: '2024-07-11', symbol: { dataVersion: 2 } },
    ])
  })

  it('end a run that is unknown with the code of a wrong input', async () => {
    const client = open(await platform.url())
    const result = client.iterate({
      query: 'subscription { runProgress(id: "00000000-0000-4000-8000-000000000000") { status } }',
    })
    await expect(result.next()).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('report an invalid query and keep the connection', async () => {
    const client = open(await platform.url())
    await expect(client.iterate({ query: 'subscription {' }).next()).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ])
    const deep = `{ ${'recipes { name } '.repeat(3_000)} }`
    await expect(client.iterate({ query: deep }).next()).rejects.toMatchObject([
      { message: expect.stringContaining('10000') as string },
    ])
    expect((await client.iterate({ query: '{ recipes { name } }' }).next()).value).toMatchObject({ data: {} })
  })
})

describe('the bounds of WebSockets', () => {
  const TINY: SocketLimits = { connections: 2, operations: 3, bufferedBytes: 1_000_000, stallMs: 300 }
  const NAME = 'a recipe of a long name '.repeat(4_000)
  let pulled = 0
  let ended = 0
  let url: string
  let closeAll: () => Promise<void>

  beforeEach(async () => {
    pulled = 0
    ended = 0
    const server = createServer()
    /** Events without end, each of 100 kB. */
    async function* events() {
      try {
        for (;;) {
          pulled += 1
          yield { runId: NAME, seq: pulled, status: 'RUNNING', epoch: 0, epochs: 0, loss: null }
          await sleep(0)
        }
      } finally {
        ended += 1
      }
    }
    const services = {
      runs: { follow: events, byId: () => Promise.resolve({ id: NAME, recipeName: NAME }) },
      models: { recipes: () => [{ name: NAME }] },
    } as unknown as GraphQLServices
    const log = createLogger({ logLevel: 'silent', logFormat: 'json' })
    const sockets = serveSockets({
      server,
      path: '/graphql',
      schema: await createSchema(),
      services,
      log,
      limits: TINY,
      access: createAccess(undefined),
      formatError: createFormatError(log),
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
    closeAll = async () => {
      await sockets.close()
      await new Promise((resolve) => server.close(resolve))
    }
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose()
    await closeAll()
  })

  const EVENTS = `subscription { runProgress(id: "00000000-0000-4000-8000-000000000000") { run { id } } }`

  async function rawClient(): Promise<WebSocket> {
    const socket = new WebSocket(url, 'graphql-transport-ws')
    socket.on('error', () => undefined)
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    return socket
  }
  const ask = (id: string, query: string): string =>
    JSON.stringify({ id, type: 'subscribe', payload: { query } })

  it('pull no more events than a client reads, and close one that reads none with the reason', async () => {
    const socket = await rawClient()
    socket.pause()
    socket.send(ask('1', EVENTS))
    await sleep(TINY.stallMs * 2)
    // What the operating system holds for a connection, and not what there was to be told.
    expect(pulled).toBeLessThan(200)
    const closed = once(socket, 'close')
    socket.resume()
    expect((await closed)[0]).toBe(4413)
    while (ended === 0) await sleep(10)
  })

  it('end the subscriptions of a client that never reads again', async () => {
    const socket = await rawClient()
    socket.pause()
    socket.send(ask('1', EVENTS))
    while (ended === 0) await sleep(20)
    expect(pulled).toBeLessThan(200)
    socket.terminate()
  })

  it('keep a client that reads slowly', async () => {
    const socket = await rawClient()
    let read = 0
    socket.on('message', () => (read += 1))
    socket.send(ask('1', EVENTS))
    for (let round = 0; round < 8; round += 1) {
      socket.pause()
      await sleep(100)
      socket.resume()
      await sleep(20)
    }
    expect(read).toBeGreaterThan(8)
    expect(ended).toBe(0)
    expect(pulled).toBeLessThan(read + 200)
    socket.close()
    await once(socket, 'close')
    while (ended === 0) await sleep(10)
  })

  it('close a client that keeps sending and reads no answer', async () => {
    const socket = await rawClient()
    // On a busy machine the connection ends while the client still asks.
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.pause()
    for (let sent = 0; sent < 400; sent += 1) {
      socket.send(ask(`q${sent}`, '{ recipes { name } }'))
      await sleep(2)
    }
    socket.resume()
    expect([4413, 1006]).toContain(await closed)
  })

  it('refuse too many running operations on a connection, by id', async () => {
    const client = open(url)
    const running = [1, 2, 3].map(() => client.iterate({ query: EVENTS }))
    await Promise.all(running.map((one) => one.next()))
    await expect(client.iterate({ query: EVENTS }).next()).rejects.toMatchObject([
      {
        message: expect.stringContaining('already runs 3 operations') as string,
        extensions: { code: 'LIMIT_EXCEEDED' },
      },
    ])
    await running[0]?.return?.()
    while (ended === 0) await sleep(10)
    expect((await client.iterate({ query: EVENTS }).next()).value).toMatchObject({ data: {} })
  })

  it('refuse more connections than the server takes', async () => {
    const sockets = [await rawClient(), await rawClient()]
    const refused = new WebSocket(url, 'graphql-transport-ws')
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }]
    expect(response.statusCode).toBe(503)
    refused.on('error', () => undefined)
    refused.terminate()
    for (const socket of sockets) {
      socket.close()
      await once(socket, 'close')
    }
    const again = await rawClient()
    again.close()
    await once(again, 'close')
  })

  it('survive invalid URLs and frames that are too large', async () => {
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      `GET // HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 403 /)
    socket.destroy()
    const large = await rawClient()
    large.send(ask('1', ' '.repeat(70_000)))
    expect((await once(large, 'close'))[0]).toBe(1009)
  })
})
