/**
 * A separate process that follows a backtest with several clients over graphql-ws, as dashboards would. The
 * server's process does not bear the clients' cost.
 */
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

export interface SubscribersTask {
  readonly url: string
  readonly clients: number
}

/** Messages to the parent; times are of the machine's clock, in milliseconds. */
export type SubscribersReport =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'done'
      readonly firstEventsMs: readonly number[]
      readonly rows: readonly number[]
      readonly endMs: number
    }

const DOCUMENT = `subscription ($id: ID!) {
  backtestProgress(id: $id) {
    cursor status fold doneSessions
    rows { session predictedClose actualClose lower95 upper95 position netEquity holdNetEquity }
    metrics { sessions rmse skill hitRate netReturn holdReturn coverage95 }
  }
}`

function tell(report: SubscribersReport): void {
  process.send?.(report)
}

async function follow(
  client: ReturnType<typeof createClient>,
  id: string,
): Promise<{ firstMs: number; rows: number }> {
  let firstMs = Number.NaN
  let rows = 0
  for await (const { data, errors } of client.iterate<{ backtestProgress: { rows: readonly unknown[] } }>({
    query: DOCUMENT,
    variables: { id },
  })) {
    if (errors) throw new Error(errors.map(({ message }) => message).join('; '))
    if (Number.isNaN(firstMs)) firstMs = Date.now()
    rows += data?.backtestProgress.rows.length ?? 0
  }
  return { firstMs, rows }
}

process.once('message', (message) => {
  const { url, clients } = message as SubscribersTask
  const all = Array.from({ length: clients }, () =>
    createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, lazy: false }),
  )
  process.once('message', (id) => {
    void Promise.all(all.map((client) => follow(client, String(id)))).then(
      async (followed) => {
        tell({
          kind: 'done',
          firstEventsMs: followed.map(({ firstMs }) => firstMs),
          rows: followed.map(({ rows }) => rows),
          endMs: Date.now(),
        })
        for (const client of all) await client.dispose()
        process.disconnect()
      },
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  tell({ kind: 'ready' })
})
