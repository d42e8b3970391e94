/** `kospigraph serve`: sample market where there is nothing, then GraphQL, the queue's jobs, the schedule, or all of it, until a signal comes. */
import { once } from 'node:events'
import type { SampleMarket } from '../services/nights/sample-market.js'
import type { CommandContext, CommandPlatform } from './command-context.js'
import type { Role } from './role.js'
import { count } from './terminal/terminal.js'
import type { Progress } from './terminal/progress.js'
import type { Terminal } from './terminal/terminal.js'

export interface ServeOptions {
  /** Whether an empty database gets the sample market. */
  readonly sample: boolean
  readonly role: Role
}

/** @returns the exit code, once the server has drained */
export async function runServe(
  platform: CommandPlatform,
  { terminal, version, signal }: Pick<CommandContext, 'terminal' | 'version' | 'signal'>,
  { sample, role }: ServeOptions,
): Promise<number> {
  terminal.print(`Kospigraph ${version} on ${platform.database}`)
  if (role === 'all' || role === 'worker') {
    const { slots } = await platform.work()
    terminal.print(`Worker   takes ${slots} ${slots === 1 ? 'job' : 'jobs'} at a time from the queue`)
  }
  if (role === 'scheduler') await startSchedule(platform, terminal)
  if (role === 'worker' || role === 'scheduler') {
    await reportHealth(platform, terminal)
    terminal.print('Stop with Ctrl-C.')
    if (!signal.aborted) await once(signal, 'abort')
    terminal.print(
      role === 'worker' ? 'Stopping: what runs goes back into the queue.' : 'Stopping the schedule.',
    )
    return 0
  }
  // A database that several processes share is no newcomer's.
  if (sample && role === 'all') await loadSample(platform, terminal, signal)
  if (role === 'all') await startSchedule(platform, terminal)
  const server = await platform.listen()
  const how = platform.needsToken
    ? 'POST a query with API_TOKEN as bearer token'
    : 'open it in a browser, or POST a query'
  terminal.print(`GraphQL  ${server.url}  (${how})`)
  await reportHealth(platform, terminal)
  terminal.print('Stop with Ctrl-C.')
  if (!signal.aborted) await once(signal, 'abort')
  terminal.print('Stopping: running requests may finish.')
  await server.close()
  return 0
}

async function startSchedule(platform: CommandPlatform, terminal: Terminal): Promise<void> {
  const { expression, timeZone } = await platform.schedule()
  terminal.print(`Nights   begin at "${expression}" in ${timeZone}`)
}

/** Last, so that a process that is still starting is not reported as well. */
async function reportHealth(platform: CommandPlatform, terminal: Terminal): Promise<void> {
  const health = await platform.reportHealth()
  if (health) terminal.print(`Health   ${health.url}`)
}

async function loadSample(platform: CommandPlatform, terminal: Terminal, signal: AbortSignal): Promise<void> {
  let progress: Promise<Progress> | undefined
  const onNight = (done: number, nights: number): void => {
    progress ??= terminal.progress('Sample', nights, 'nights')
    void progress.then((bar) => bar.update(done, ''))
  }
  try {
    reportSample(await platform.services.loadSampleMarket({ signal, onNight }), terminal)
  } finally {
    const bar = await progress
    bar?.stop()
  }
}

function reportSample({ symbols, bars, nights, fits, failedFits }: SampleMarket, terminal: Terminal): void {
  if (symbols.length === 0) return
  terminal.print(`Sample   ${symbols.join(', ')}: a simulated market of ${count(bars)} bars, nothing real;`)
  terminal.print(
    `         ${count(nights)} nights played under a simulated clock, ${count(fits)} models fitted`,
  )
  terminal.print('         (leave it out with --no-sample)')
  if (failedFits > 0) terminal.note(`Sample   ${count(failedFits)} fits failed; nightOutcomes lists why`)
}
