import {
  admissionOf,
  afterEvent,
  closedCircuit,
  resetCircuit,
  withTrial,
} from '../../../../src/domain/sync/provider-circuit.js'
import type { CircuitEvent, ProviderCircuit } from '../../../../src/domain/sync/provider-circuit.js'

const at = (minutes: number): Date => new Date(Date.UTC(2026, 9, 1) + minutes * 60_000)
const CLOSED = closedCircuit(at(0))
const outage: CircuitEvent = { kind: 'OUTAGE', reason: 'TIMEOUT: late' }
const block: CircuitEvent = { kind: 'BLOCK', reason: 'REFUSED: status 403' }

const after = (circuit: ProviderCircuit, ...events: CircuitEvent[]): ProviderCircuit =>
  events.reduce((now, event) => afterEvent(now, event, at(1)), circuit)

describe('the circuit of a provider', () => {
  it('opens at once for a day where the vendor blocks, and keeps the reason', () => {
    const open = after(CLOSED, block)
    expect(open).toMatchObject({ state: 'OPEN', until: at(1 + 24 * 60), reason: 'REFUSED: status 403' })
    expect(admissionOf(open, at(24 * 60))).toBe('REFUSE')
    expect(admissionOf(open, at(1 + 24 * 60))).toBe('TRIAL')
  })

  it('opens as long as the vendor asks for, and no longer than a week', () => {
    expect(after(CLOSED, { ...block, retryAfterMs: 3_600_000 }).until).toEqual(at(61))
    expect(after(CLOSED, { ...outage, retryAfterMs: 3_600_000 })).toMatchObject({
      state: 'OPEN',
      until: at(61),
    })
    expect(after(CLOSED, { ...block, retryAfterMs: 1e12 }).until).toEqual(at(1 + 7 * 24 * 60))
  })

  it('opens after three outages in a row, and any answer between them starts the count anew', () => {
    expect(after(CLOSED, outage, outage)).toMatchObject({ state: 'CLOSED', outages: 2 })
    expect(after(CLOSED, outage, outage, { kind: 'ANSWERED' }, outage)).toMatchObject({ outages: 1 })
    expect(after(CLOSED, outage, outage, outage)).toMatchObject({ state: 'OPEN', until: at(16), outages: 3 })
  })

  it('closes after an answered trial, and opens again after a failed one', () => {
    const trial = withTrial(after(CLOSED, block), at(2_000))
    expect(trial).toMatchObject({ state: 'HALF_OPEN', until: at(2_010) })
    expect(admissionOf(trial, at(2_009))).toBe('REFUSE')
    // A process that died left its trial unfinished.
    expect(admissionOf(trial, at(2_010))).toBe('TRIAL')
    expect(after(trial, { kind: 'READ' })).toMatchObject({
      state: 'CLOSED',
      outages: 0,
      until: null,
      lastSuccessAt: at(1),
    })
    expect(after(trial, outage)).toMatchObject({ state: 'OPEN', until: at(16) })
    expect(after(trial, { kind: 'UNASKED' })).toMatchObject({ state: 'OPEN', until: at(1) })
  })

  it('stays open where an answer to an earlier request arrives', () => {
    const open = after(CLOSED, block)
    expect(after(open, { kind: 'READ' })).toMatchObject({ state: 'OPEN', lastSuccessAt: at(1) })
    expect(after(open, { kind: 'ANSWERED' })).toBe(open)
    expect(after(open, outage)).toBe(open)
  })

  it('closes by hand, with the reason and the last success kept', () => {
    const open = { ...after(CLOSED, block), lastSuccessAt: at(-5) }
    expect(resetCircuit(open, 'a new key', at(9))).toEqual({
      state: 'CLOSED',
      since: at(9),
      until: null,
      reason: 'a new key',
      outages: 0,
      lastSuccessAt: at(-5),
    })
  })
})
