/**
 * Lets requests to providers pass, one symbol each, as their circuits allow. The circuits are stored, so that what one
 * process learns of a block holds for all of them.
 */
import type { Clock } from '../../domain/clock.js'
import type { ProviderName } from '../../domain/bars/delivery.js'
import { admissionOf, afterEvent, withTrial } from '../../domain/sync/provider-circuit.js'
import type { CircuitEvent, ProviderCircuit } from '../../domain/sync/provider-circuit.js'
import type { ProviderCircuitStore } from '../../db/sync/provider-circuits.js'

/** The last success is stored at most once in this time, not for each of a thousand symbols. */
const SUCCESS_STORED_EVERY_MS = 60_000

/** Permission to ask, to be given back with what came of it. */
export interface Pass {
  readonly kind: 'pass'
  leave(event: CircuitEvent): Promise<void>
}

export interface ProviderGate {
  /** Waits for a trial in this process; in another one, the provider is not asked meanwhile. */
  enter(provider: ProviderName): Promise<Entry>
}

export function createProviderGate(deps: {
  readonly circuits: ProviderCircuitStore
  readonly clock: Clock
  readonly warn: (line: string) => void
}): ProviderGate {
  const { circuits, clock, warn } = deps
  const passOf = (provider: ProviderName, circuit: ProviderCircuit, end: () => void): Pass => ({
    kind: 'pass',
    async leave(event) {
      try {
        const now = clock.now()
        if (isNews(circuit, event, now)) {
          const { before, after } = await circuits.change(provider, now, (one) => afterEvent(one, event, now))
          if (before.state !== after.state) warn(changeOf(provider, after))
        }
      } finally {
        end()
      }
    },
  })

  const enterAlone = async (provider: ProviderName): Promise<Entered> => {
    const now = clock.now()
    const circuit = await circuits.read(provider, now)
    const admission = admissionOf(circuit, now)
    if (admission === 'REFUSE') return { entry: refusal(circuit), over: undefined }
    if (admission === 'ASK') return { entry: passOf(provider, circuit, () => undefined), over: undefined }
    const { before, after } = await circuits.change(provider, now, (one) =>
      admissionOf(one, now) === 'TRIAL' ? withTrial(one, now) : one,
    )
    if (before !== after) {
      let end = (): void => undefined
      const over = new Promise<void>((resolve) => (end = resolve))
      return { entry: passOf(provider, after, end), over }
    }
    // Another process was first: its trial runs, or is over already.
    const asks = admissionOf(after, now) === 'ASK'
    return { entry: asks ? passOf(provider, after, () => undefined) : refusal(after), over: undefined }
  }

  /** By provider, when the next symbol may enter. */
  const turns = new Map<ProviderName, Promise<void>>()
  return {
    enter(provider) {
      const entered = (turns.get(provider) ?? Promise.resolve()).then(() => enterAlone(provider))
      const next = entered.then(
        ({ over }) => over,
        () => undefined,
      )
      turns.set(provider, next)
      return entered.then(({ entry }) => entry)
    },
  }
}

type Entry = Pass | { readonly kind: 'refused'; readonly message: string }

interface Entered {
  readonly entry: Entry
  /** For a trial, when it has ended. */
  readonly over: Promise<void> | undefined
}

function isNews(
  { state, outages, lastSuccessAt }: ProviderCircuit,
  { kind }: CircuitEvent,
  now: Date,
): boolean {
  const sound = state === 'CLOSED' && outages === 0
  if (kind === 'UNASKED' || kind === 'ANSWERED') return !sound
  if (kind !== 'READ' || !sound) return true
  return lastSuccessAt === null || now.getTime() - lastSuccessAt.getTime() >= SUCCESS_STORED_EVERY_MS
}

function refusal({ state, until, reason }: ProviderCircuit): Entry {
  const end = until?.toISOString() ?? '?'
  const message =
    state === 'HALF_OPEN'
      ? `another process tries it with one symbol; sync again after ${end} at the latest`
      : `it is not asked before ${end}: ${reason ?? 'no reason is recorded'}`
  return { kind: 'refused', message }
}

function changeOf(provider: ProviderName, { state, until, reason }: ProviderCircuit): string {
  if (state === 'CLOSED') return `provider ${provider} answers again`
  return `provider ${provider} is not asked before ${until?.toISOString() ?? '?'}: ${reason ?? ''}`
}
