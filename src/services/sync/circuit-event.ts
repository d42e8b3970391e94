/** Says what a provider's failure means for its circuit. */
import type { CircuitEvent } from '../../domain/sync/provider-circuit.js'
import type { ProviderFailureCode } from '../../domain/bars/sync-attempt.js'
import type { ProviderFailure } from '../../market/providers/provider.js'

const OUTAGES = new Set<ProviderFailureCode>(['UNREACHABLE', 'TIMEOUT', 'THROTTLED', 'SERVER_ERROR'])

export function circuitEventOf({ code, message, retryAfterMs }: ProviderFailure): CircuitEvent {
  const reason = `${code}: ${message}`
  if (code === 'REFUSED') return { kind: 'BLOCK', reason, retryAfterMs }
  return OUTAGES.has(code) ? { kind: 'OUTAGE', reason, retryAfterMs } : { kind: 'ANSWERED' }
}
