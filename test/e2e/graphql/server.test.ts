import { once } from 'node:events'
import { connect } from 'node:net'
import { getIntrospectionQuery } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { RECIPES } from '../../../src/domain/models/recipe.js'
import { codeOf, createTestPlatform } from '../../support/platform.js'
import type { GraphQLAnswer, TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
})
afterAll(async () => {
  await platform.close()
})

describe('the server', () => {
  it('describes every type, field and argument', async () => {
    interface Described {
      name: string
      description: string | null
      fields?: (Described & { args: Described[] })[] | null
      inputFields?: Described[] | null
      enumValues?: Described[] | null
    }
    const { __schema } = await platform.query<{ __schema: { types: Described[] } }>(
      `{ __schema { types { name description fields { name description args { name description } }
           inputFields { name description } enumValues { name description } } } }`,
    )
    const bare = __schema.types
      .filter(({ name }) => !name.startsWith('__') && !['Query', 'Mutation', 'Subscription'].includes(name))
      .flatMap((type) => [
        type,
        ...(type.fields ?? []).flatMap((field) => [field, ...field.args]),
        ...(type.inputFields ?? []),
        ...(type.enumValues ?? []),
      ])
      .filter(
        ({ name, description }) =>
          !description && !['open', 'high', 'low', 'close', 'volume', 'symbol', 'session'].includes(name),
      )
      .map(({ name }) => name)
    expect(bare).toEqual([])
  })

  it('hides internal errors behind a reference', async () => {
    const broken = await createTestPlatform('2024-07-09T20:00:00+09:00')
    try {
      Object.assign(broken.services.market, {
        symbols: () => Promise.reject(new Error('password is hunter2')),
      })
      const answer = await broken.ask('{ symbols { edges { cursor } } }')
      expect(codeOf(answer)).toBe('INTERNAL_SERVER_ERROR')
      expect(JSON.stringify(answer)).not.toContain('hunter2')
    } finally {
      await broken.close()
    }
  })

  it('bounds the cost of one query', async () => {
    const aliases = Array.from({ length: 60 }, (_, index) => `a${index}: symbol(code: "KOSPI") { code }`)
    const many = await platform.ask(`{ ${aliases.join(' ')} }`)
    expect(codeOf(many)).toBe('GRAPHQL_VALIDATION_FAILED')
    expect(many.errors?.[0]?.message).toMatch(/50/)
    expect((await platform.ask(getIntrospectionQuery())).errors).toBeUndefined()
  })

  it('refuses requests that are not GraphQL with an error of the usual shape', async () => {
    const url = await platform.url()
    const post = (body: string, type = 'application/json') =>
      fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
    const answers = [
      await post('{'),
      await post('x', 'text/csv'),
      await fetch(`${url}x`),
      await post(' '.repeat(17 << 20)),
    ]
    expect(answers.map(({ status }) => status)).toEqual([400, 415, 404, 413])
    for (const answer of answers) expect(codeOf((await answer.json()) as GraphQLAnswer)).toMatch(/^[A-Z_]+$/)
  })

  it('stops within seconds even though a WebSocket never closes', async () => {
    const short = await createTestPlatform('2024-07-09T20:00:00+09:00')
    const { port } = new URL(await short.url())
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n',
    )
    await once(socket, 'data')
    socket.pause()
    const started = performance.now()
    await short.close()
    expect(performance.now() - started).toBeLessThan(10_000)
    socket.destroy()
  })

  it('reports at /health whether the database answers', async () => {
    const health = (await platform.url()).replace('/graphql', '/health')
    const response = await fetch(health)
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }])
  })

  it('answers queries over graphql-ws on the same port', async () => {
    const client = createClient({
      url: (await platform.url()).replace('http', 'ws'),
      webSocketImpl: WebSocket,
    })
    try {
      const next = await client.iterate({ query: '{ recipes { name } }' }).next()
      expect(next.value).toEqual({ data: { recipes: RECIPES.map(({ name }) => ({ name })) } })
      const wrong = await client.iterate({ query: '{ bars(symbol: "x") { edges { cursor } } }' }).next()
      expect(wrong.value).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    } finally {
      await client.dispose()
    }
  })

  it('requires the token from every request and socket', async () => {
    const apiToken = 'a-token-of-some-length'
    const guarded = await createTestPlatform('2024-07-09T20:00:00+09:00', { apiToken })
    try {
      expect(await guarded.query('{ recipes { name } }')).toEqual({
        recipes: RECIPES.map(({ name }) => ({ name })),
      })
      const url = await guarded.url()
      for (const path of [url, url.replace('/graphql', '/health'), url.replace('/graphql', '/')]) {
        expect((await fetch(path)).status).toBe(401)
      }
      const iterate = (token: string) => {
        const client = createClient({
          url: url.replace('http', 'ws'),
          webSocketImpl: WebSocket,
          retryAttempts: 0,
          connectionParams: { authorization: `Bearer ${token}` },
        })
        return client
          .iterate({ query: '{ recipes { name } }' })
          .next()
          .finally(() => client.dispose())
      }
      await expect(iterate('wrong')).rejects.toMatchObject({ code: 4403 })
      expect((await iterate(apiToken)).value).toEqual({
        data: { recipes: RECIPES.map(({ name }) => ({ name })) },
      })
    } finally {
      await guarded.close()
    }
  })
})
