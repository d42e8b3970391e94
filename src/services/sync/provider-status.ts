/** Reports how the providers fare, and closes the circuit of one by hand. */
import type { Clock } from '../../domain/clock.js'
import { PROVIDER_NAMES } from '../../domain/bars/delivery.js'
import type { ProviderName } from '../../domain/bars/delivery.js'
import type { ProviderChains } from '../../domain/sync/provider-chains.js'
import { koreanDate } from '../../domain/calendar/korean-time.js'
import { requireReason } from '../../domain/reason.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { closedCircuit, resetCircuit } from '../../domain/sync/provider-circuit.js'
import type { ProviderCircuit } from '../../domain/sync/provider-circuit.js'
import type { ProviderCallStore } from '../../db/sync/provider-calls.js'
import type { ProviderCircuitStore } from '../../db/sync/provider-circuits.js'
import { KospigraphError } from '../../errors.js'

export interface ProviderStatus extends ProviderCircuit {
  readonly provider: ProviderName
  /** Whether PROVIDERS names it. */
  readonly configured: boolean
  /** Requests made today in Korea, by all processes on this database. */
  readonly callsToday: number
  /** Most requests a day; null where there is no limit. */
  readonly callsPerDay: number | null
}

export interface ProviderStatuses {
  /** The providers that are configured or have been asked before, in a fixed order. */
  all(): Promise<readonly ProviderStatus[]>
  /** @throws KospigraphError BAD_USER_INPUT for an unknown provider or an unusable reason */
  reset(provider: string, reason: string): Promise<ProviderStatus>
}

export function createProviderStatuses(deps: {
  readonly circuits: ProviderCircuitStore
  readonly calls: ProviderCallStore
  readonly chains: ProviderChains
  readonly limits: ReadonlyMap<ProviderName, number>
  readonly clock: Clock
}): ProviderStatuses {
  const { circuits, calls, chains, limits, clock } = deps
  const all = async (): Promise<readonly ProviderStatus[]> => {
    const now = clock.now()
    const [stored, today] = await Promise.all([circuits.all(), calls.ofDay(koreanDate(now))])
    return PROVIDER_NAMES.filter((name) => chains.providers.has(name) || stored.has(name)).map(
      (provider) => ({
        ...(stored.get(provider) ?? closedCircuit(now)),
        provider,
        configured: chains.providers.has(provider),
        callsToday: today.get(provider) ?? 0,
        callsPerDay: limits.get(provider) ?? null,
      }),
    )
  }
  return {
    all,
    async reset(name, reason) {
      const provider = PROVIDER_NAMES.find((one) => one === name)
      if (!provider) {
        const message = `provider "${sanitizeText(name)}" is unknown; name one of ${PROVIDER_NAMES.join(', ')}`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
      const why = requireReason(reason)
      const now = clock.now()
      await circuits.change(provider, now, (circuit) => resetCircuit(circuit, why, now))
      const status = (await all()).find((one) => one.provider === provider)
      if (!status) throw new Error(`the circuit of ${provider} was not stored`)
      return status
    },
  }
}
