/**
 * A separate process that sends the API a small query again and again, as a dashboard would, and times the
 * answers.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 20
const QUERY = JSON.stringify({
  query:
    '{ symbols(first: 20) { edges { node { code name } } } nights(first: 1) { edges { node { session status } } } }',
})

const [url = ''] = process.argv.slice(2)
const times: number[] = []
const stop = new AbortController()
process.once('message', () => stop.abort())

async function ask(): Promise<void> {
  const startedMs = performance.now()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: QUERY,
  })
  const { errors } = (await response.json()) as { errors?: unknown }
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  times.push(performance.now() - startedMs)
}

await ask()
times.length = 0
process.send?.('ready')
while (!stop.signal.aborted) {
  await ask()
  await sleep(PAUSE_MS)
}
process.send?.(times, () => process.disconnect())
