/**
 * Simulates the machine's clock. Loaded before the program (`NODE_OPTIONS=--import …/clock.js`), it adds to `Date`
 * the milliseconds in the file named by SIMULATED_CLOCK. Timers and `performance` stay real, as on a machine whose
 * clock is set.
 */
import { readFileSync } from 'node:fs'
import { CLOCK_VARIABLE, SEEN_AFTER_MS } from './machine-time.js'

const file = process.env[CLOCK_VARIABLE]
if (!file) throw new Error(`${CLOCK_VARIABLE} names no file`)

const RealDate = Date
let offsetMs = 0
let readMs = Number.NEGATIVE_INFINITY

function nowMs(): number {
  const monotonicMs = performance.now()
  if (monotonicMs - readMs > SEEN_AFTER_MS) {
    offsetMs = Number(readFileSync(file ?? '', 'utf8'))
    readMs = monotonicMs
  }
  return RealDate.now() + offsetMs
}

const SimulatedDate: DateConstructor = new Proxy(RealDate, {
  apply: () => new RealDate(nowMs()).toString(),
  construct(target, given: readonly unknown[], asked): Date {
    const newTarget = asked === SimulatedDate ? target : asked
    return Reflect.construct(target, given.length > 0 ? given : [nowMs()], newTarget) as Date
  },
  get: (target, name) => (name === 'now' ? nowMs : (Reflect.get(target, name) as unknown)),
})
globalThis.Date = SimulatedDate
Object.defineProperty(RealDate.prototype, 'constructor', { value: SimulatedDate, writable: true })
