/** `kospigraph serve`: sample market where there is nothing, then GraphQL, the queue's jobs, the schedule, or all of it, until a signal comes. */
import { once } from 'node:events'
import type { LoadSampleMarket, SampleMarket } from '../services/nights/sample-market.js'
import { count } from './terminal/terminal.js'
import type { Terminal } from './terminal/terminal.js'

export const ROLES = ['all', 'api', 'worker', 'scheduler'] as const
/** What a process does: everything, only the API, only the jobs of the queue, or only asking for nights. */
export type Role = (typeof ROLES)[number]

export interface ServeOptions {
  readonly terminal: Terminal
  readonly version: string
  /** Whether an empty database gets the sample market. */
  readonly sample: boolean
  readonly signal: AbortSignal
  readonly database: string
  /** Whether a browser may open the address: it cannot send a token. */
  readonly pageOpens: boolean
  readonly role: Role
  readonly loadSampleMarket: LoadSampleMarket
  readonly work: () => Promise<{ readonly slots: number }>
  readonly schedule: () => Promise<{ readonly expression: string; readonly timeZone: string }>
  /** Undefined where no port is set for it. */
  readonly reportHealth: () => Promise<{ readonly url: string } | undefined>
  readonly listen: () => Promise<{ readonly url: string; close(): Promise<void> }>
}

/** @returns the exit code, once the server has drained */
export async function runServe(options: ServeOptions): Promise<number> {
  const { terminal, signal, version, database } = options
  terminal.print(`Kospigraph ${version} on ${database}`)
  if (options.role === 'all' || options.role === 'worker') {
    const { slots } = await options.work()
    terminal.print(`Worker   takes ${slots} ${slots === 1 ? 'job' : 'jobs'} at a time from the queue`)
  }
  if (options.role === 'scheduler') await startSchedule(options)
  if (options.role === 'worker' || options.role === 'scheduler') {
    await reportHealth(options)
    terminal.print('Stop with Ctrl-C.')
    if (!signal.aborted) await once(signal, 'abort')
    terminal.print(
      options.role === 'worker' ? 'Stopping: what runs goes back into the queue.' : 'Stopping the schedule.',
    )
    return 0
  }
  // Its fits need a worker, and a database that several processes share is no newcomer's.
  if (options.sample && options.role === 'all') reportSample(await options.loadSampleMarket(signal), terminal)
  if (options.role === 'all') await startSchedule(options)
  const server = await options.listen()
  const how = options.pageOpens
    ? 'open it in a browser, or POST a query'
    : 'POST a query with API_TOKEN as bearer token'
  terminal.print(`GraphQL  ${server.url}  (${how})`)
  await reportHealth(options)
  terminal.print('Stop with Ctrl-C.')
  if (!signal.aborted) await once(signal, 'abort')
  terminal.print('Stopping: running requests may finish.')
  await server.close()
  return 0
}

async function startSchedule({ schedule, terminal }: ServeOptions): Promise<void> {
  const { expression, timeZone } = await schedule()
  terminal.print(`Nights   begin at "${expression}" in ${timeZone}`)
}

/** Last, so that nobody takes a process that is still starting for one that is well. */
async function reportHealth({ reportHealth, terminal }: ServeOptions): Promise<void> {
  const health = await reportHealth()
  if (health) terminal.print(`Health   ${health.url}`)
}

function reportSample({ symbols, bars, runs }: SampleMarket, terminal: Terminal): void {
  if (symbols.length === 0) return
  const failed = runs.filter((run) => run.status === 'FAILED')
  terminal.print(
    `Sample   ${symbols.join(', ')}: a simulated market of ${count(bars)} bars for the empty database, nothing real; ` +
      `${runs.length - failed.length} models fitted, as many forecasts made (leave it out with --no-sample)`,
  )
  for (const run of failed) terminal.note(`Sample   ${run.errorCode ?? ''}: ${run.errorMessage ?? ''}`)
}
