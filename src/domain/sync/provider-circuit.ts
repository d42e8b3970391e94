/**
 * The circuit breaker of a provider: whether it may be asked. A vendor that blocks a client extends the block with every
 * request, so that asking on costs more than waiting.
 *
 * CLOSED ── a block, an asked-for wait, or three outages in a row ──> OPEN (until when, why)
 * OPEN ──── its end has passed: one symbol is the trial ────────────> HALF_OPEN
 * HALF_OPEN ─ the trial is answered ─> CLOSED, or fails ─────────────> OPEN
 */
export const CIRCUIT_STATES = ['CLOSED', 'OPEN', 'HALF_OPEN'] as const
export type CircuitState = (typeof CIRCUIT_STATES)[number]

export interface ProviderCircuit {
  readonly state: CircuitState
  /** Since when it is in this state. */
  readonly since: Date
  /** OPEN: when a trial may begin. HALF_OPEN: when an unfinished trial counts as lost. Null where it is CLOSED. */
  readonly until: Date | null
  /** Why it opened last, or why a person reset it; null where neither happened. */
  readonly reason: string | null
  /** Outages in a row, over all syncs. */
  readonly outages: number
  /** When it last gave a readable answer. */
  readonly lastSuccessAt: Date | null
}

/**
 * `READ`: a readable answer. `ANSWERED`: an answer, though not a usable one. `OUTAGE`: none. `BLOCK`: the vendor refuses
 * this client. `UNASKED`: no request was made, so nothing is known.
 */
export type CircuitEvent =
  | { readonly kind: 'READ' | 'ANSWERED' | 'UNASKED' }
  | { readonly kind: 'OUTAGE' | 'BLOCK'; readonly reason: string; readonly retryAfterMs?: number | undefined }

/** `ASK`, or `TRIAL`: ask for one symbol and report. `REFUSE`: do not ask. */
export type Admission = 'ASK' | 'TRIAL' | 'REFUSE'

/** Outages in a row that open a circuit. */
const MAX_OUTAGES = 3
/** How long it stays open after outages. */
const OUTAGE_WAIT_MS = 15 * 60_000
/** How long after a block whose end the vendor does not tell. The exchange's site blocks for a day. */
const BLOCK_WAIT_MS = 24 * 3_600_000
/** A longer Retry-After is cut, so that no answer can switch a provider off for good. */
const LONGEST_WAIT_MS = 7 * 24 * 3_600_000
/** A wait that is asked for opens the circuit from here on; shorter ones are slept. */
const LONG_RETRY_AFTER_MS = 60_000
/** More than the longest request with its retries. */
const TRIAL_LEASE_MS = 10 * 60_000

export function closedCircuit(now: Date): ProviderCircuit {
  return { state: 'CLOSED', since: now, until: null, reason: null, outages: 0, lastSuccessAt: null }
}

export function admissionOf({ state, until }: ProviderCircuit, now: Date): Admission {
  if (state === 'CLOSED') return 'ASK'
  return until !== null && until > now ? 'REFUSE' : 'TRIAL'
}

/** The circuit while its trial runs. */
export function withTrial(circuit: ProviderCircuit, now: Date): ProviderCircuit {
  return { ...circuit, state: 'HALF_OPEN', since: now, until: after(now, TRIAL_LEASE_MS) }
}

/** The circuit after a request, or the same object where nothing changes. */
export function afterEvent(circuit: ProviderCircuit, event: CircuitEvent, now: Date): ProviderCircuit {
  const { state, outages } = circuit
  switch (event.kind) {
    case 'READ':
      // An answer to a request from before the circuit opened does not close it.
      return { ...(state === 'OPEN' ? circuit : closedBy(circuit, now)), lastSuccessAt: now }
    case 'ANSWERED':
      return state === 'OPEN' || (state === 'CLOSED' && outages === 0) ? circuit : closedBy(circuit, now)
    case 'UNASKED':
      return state === 'HALF_OPEN' ? { ...circuit, state: 'OPEN', since: now, until: now } : circuit
    case 'BLOCK':
      return opened(circuit, event.reason, event.retryAfterMs ?? BLOCK_WAIT_MS, now)
    case 'OUTAGE': {
      const { retryAfterMs = 0 } = event
      if (state === 'OPEN') return circuit
      const opens = state === 'HALF_OPEN' || outages + 1 >= MAX_OUTAGES || retryAfterMs > LONG_RETRY_AFTER_MS
      if (!opens) return { ...circuit, outages: outages + 1 }
      return opened(circuit, event.reason, Math.max(OUTAGE_WAIT_MS, retryAfterMs), now)
    }
  }
}

/** Closes a circuit by hand. */
export function resetCircuit(circuit: ProviderCircuit, reason: string, now: Date): ProviderCircuit {
  return { ...closedCircuit(now), reason, lastSuccessAt: circuit.lastSuccessAt }
}

function closedBy(circuit: ProviderCircuit, now: Date): ProviderCircuit {
  const since = circuit.state === 'CLOSED' ? circuit.since : now
  return { ...circuit, state: 'CLOSED', since, until: null, outages: 0 }
}

function opened(circuit: ProviderCircuit, reason: string, waitMs: number, now: Date): ProviderCircuit {
  const until = after(now, Math.min(waitMs, LONGEST_WAIT_MS))
  return { ...circuit, state: 'OPEN', since: now, until, reason, outages: circuit.outages + 1 }
}

function after(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms)
}
