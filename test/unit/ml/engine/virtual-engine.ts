/** An engine that fits nothing and takes time by a clock of its own: what it costs is known to the millisecond. */
import type { Engine } from '../../../../src/ml/engine/engine.js'
import type { FitProblem } from '../../../../src/ml/fit-problem.js'
import { KospigraphError } from '../../../../src/errors.js'

export interface VirtualCosts {
  readonly parallelism?: number
  /** Of each wave. */
  readonly waveMs?: number
  /** Of each epoch of a wave, however many fits it has. */
  readonly waveEpochMs?: number
  /** Of each epoch of each fit of a wave. */
  readonly fitEpochMs?: number
  /** Of the first call. */
  readonly startMs?: number
  readonly result?: 'fit' | 'DIVERGED' | 'ENGINE_FAILED'
}

export interface VirtualEngine extends Engine {
  /** Fits in each call so far. */
  readonly calls: number[]
  closed: number
  costs: VirtualCosts
}

export class VirtualClock {
  ms = 0
  readonly nowMs = (): number => this.ms
}

export function virtualEngine(
  clock: VirtualClock,
  name: Engine['name'],
  costs: VirtualCosts = {},
): VirtualEngine {
  const engine: VirtualEngine = {
    name,
    version: `${name}-test`,
    device: `${name} device`,
    parallelism: costs.parallelism ?? 1,
    calls: [],
    closed: 0,
    costs,
    async *fit(problems, options = {}) {
      const { parallelism = 1, waveMs = 0, waveEpochMs = 0, fitEpochMs = 0, startMs = 0 } = engine.costs
      const all: FitProblem[] = []
      for await (const problem of problems) all.push(problem)
      if (engine.calls.length === 0) clock.ms += startMs
      engine.calls.push(all.length)
      for (let first = 0; first < all.length; first += parallelism) {
        if (options.signal?.aborted === true) throw new KospigraphError('ABORTED', 'stopped on request')
        const wave = all.slice(first, first + parallelism)
        const epochs = wave[0]?.training.epochs ?? 0
        clock.ms += waveMs + epochs * (waveEpochMs + wave.length * fitEpochMs)
      }
      for (const { key } of all) {
        const { result = 'fit' } = engine.costs
        yield result === 'fit'
          ? { kind: 'fit', key, weights: new Float32Array(), losses: new Float64Array(), durationMs: 0 }
          : { kind: 'failure', key, code: result, message: `${name} says ${result}` }
      }
    },
    predict: () => new Float32Array(),
    close() {
      engine.closed += 1
      return Promise.resolve()
    },
  }
  return engine
}
