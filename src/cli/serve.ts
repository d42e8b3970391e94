/**
 * `kospigraph serve`: loads the sample market into an empty database, then serves GraphQL, takes jobs from the queue,
 * starts nights, or all of it, until a signal arrives.
 */
import { once } from 'node:events'
import type { SampleMarket } from '../services/nights/sample-market.js'
import type { CommandContext, CommandPlatform } from './command-context.js'
import type { Role } from './role.js'
import { wrap } from './terminal/layout.js'
import { count, counted } from './terminal/numbers.js'
import type { Progress } from './terminal/progress.js'
import type { Terminal } from './terminal/terminal.js'

/** Of the labels before every line. */
const LABEL_COLUMNS = 9

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
  const { database } = platform
  terminal.print(`Kospigraph ${version} on ${database}`)
  const worker = role === 'all' || role === 'worker' ? await platform.work() : null
  if (worker) print(terminal, 'Worker', `takes ${counted(worker.slots, 'job')} at a time from the queue`)
  // A database that several processes share already has its market.
  const loaded = sample && role === 'all' ? await loadSample(platform, terminal, signal) : null
  if (loaded) reportSample(loaded, terminal)
  const schedule = role === 'all' || role === 'scheduler' ? await platform.schedule() : null
  if (schedule) print(terminal, 'Nights', `begin at "${schedule.expression}" in ${schedule.timeZone}`)
  const server = role === 'all' || role === 'api' ? await platform.listen() : null
  if (server) {
    const how = platform.needsToken
      ? 'POST a query with API_TOKEN as bearer token'
      : 'open it in a browser, or POST a query'
    print(terminal, 'GraphQL', `${server.url}  (${how})`)
  }
  // Last, so that a process that is still starting is not reported as well.
  const health = await platform.reportHealth()
  if (health) print(terminal, 'Health', health.url)
  terminal.result({
    version,
    database,
    role,
    url: server?.url ?? null,
    healthUrl: health?.url ?? null,
    jobSlots: worker?.slots ?? null,
    schedule: schedule && { expression: schedule.expression, timeZone: schedule.timeZone },
    sampleSymbols: loaded?.symbols ?? [],
  })
  terminal.print('Stop with Ctrl-C.')
  if (!signal.aborted) await once(signal, 'abort')
  terminal.print(`Stopping: ${STOPPING[role]}.`)
  await server?.close()
  return 0
}

const STOPPING: Readonly<Record<Role, string>> = {
  all: 'running requests may finish, running jobs go back into the queue',
  api: 'running requests may finish',
  worker: 'running jobs go back into the queue',
  scheduler: 'no more nights begin here',
}

async function loadSample(
  platform: CommandPlatform,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<SampleMarket> {
  let progress: Promise<Progress> | undefined
  const onNight = (done: number, nights: number): void => {
    progress ??= terminal.progress('Sample', nights, 'nights')
    void progress.then((bar) => bar.update(done, ''))
  }
  try {
    const loaded = await platform.services.loadSampleMarket({ signal, onNight })
    const bar = await progress
    bar?.finish()
    return loaded
  } finally {
    const bar = await progress
    bar?.stop()
  }
}

function reportSample({ symbols, bars, nights, fits, failedFits }: SampleMarket, terminal: Terminal): void {
  if (symbols.length === 0) return
  print(
    terminal,
    'Sample',
    `${symbols.join(', ')}: a simulated market of ${count(bars)} bars for the empty database, nothing real; ` +
      `${counted(nights, 'night')} played under a simulated clock, ${counted(fits, 'model')} fitted ` +
      '(--no-sample leaves it out)',
  )
  if (failedFits > 0)
    terminal.note(`Sample   ${counted(failedFits, 'fit')} failed; nightOutcomes lists the reasons`)
}

/** A label and a text that begins behind it in every line. */
function print(terminal: Terminal, label: string, text: string): void {
  const [first = '', ...others] = wrap(text, terminal.columns, ' '.repeat(LABEL_COLUMNS))
  terminal.print([label.padEnd(LABEL_COLUMNS) + first.trimStart(), ...others])
}
