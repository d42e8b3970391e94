/** `kospigraph sync --status` and `--reset`: how the providers fare, and the end of a pause. */
import type { ProviderStatus, ProviderStatuses } from '../../services/sync/provider-status.js'
import { KospigraphError } from '../../errors.js'
import { PROSE_COLUMNS, wrap } from '../terminal/layout.js'
import { count } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'

const NAME_COLUMNS = 8
const STATUS_INDENT = ' '.repeat(NAME_COLUMNS)

/** @returns the exit code: 1 where a configured provider is not asked */
export async function runSyncStatus(providers: ProviderStatuses, terminal: Terminal): Promise<0 | 1> {
  const all = await providers.all()
  if (all.length === 0)
    terminal.print(['No provider is configured: set PROVIDERS, for instance PROVIDERS=yahoo,naver.'])
  for (const status of all) report(status, terminal)
  terminal.result({ providers: all })
  return all.some(({ configured, state }) => configured && state !== 'CLOSED') ? 1 : 0
}

/** @throws KospigraphError BAD_USER_INPUT without a reason */
export async function runSyncReset(
  providers: ProviderStatuses,
  terminal: Terminal,
  { provider, reason }: { readonly provider: string; readonly reason: string | undefined },
): Promise<0> {
  if (reason === undefined) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `give the reason, as in --reset ${provider} --reason "a new key"`,
    )
  }
  const status = await providers.reset(provider, reason)
  report(status, terminal)
  terminal.result({ providers: [status] })
  return 0
}

function report(status: ProviderStatus, terminal: Terminal): void {
  const {
    provider,
    configured,
    state,
    since,
    until,
    reason,
    outages,
    lastSuccessAt,
    callsToday,
    callsPerDay,
  } = status
  const calls = callsPerDay === null ? count(callsToday) : `${count(callsToday)} of ${count(callsPerDay)}`
  const parts = [
    `${state} since ${since.toISOString()}`,
    ...(until === null ? [] : [`until ${until.toISOString()}`]),
    ...(outages > 0 ? [`${count(outages)} outages in a row`] : []),
    `last success ${lastSuccessAt?.toISOString() ?? 'never'}`,
    `${calls} calls today`,
    ...(configured ? [] : ['not in PROVIDERS']),
  ]
  const [first = '', ...others] = wrap(parts.join('; '), terminal.proseColumns, STATUS_INDENT)
  terminal.print([provider.padEnd(NAME_COLUMNS) + first.trimStart(), ...others])
  if (reason !== null) {
    terminal.print(wrap(reason, Math.min(terminal.proseColumns, PROSE_COLUMNS), STATUS_INDENT))
  }
}
