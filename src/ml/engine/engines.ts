/**
 * Engines: which one executes a run's fits.
 *
 * `wasm` is always there. TensorFlow is loaded when somebody first has a use for it; where it cannot be used, the
 * reason is told once and `wasm` serves. Left to choose, a run takes TensorFlow only where it has a GPU and
 * a calibration on a small sample of the run's own work says that all of it would be done sooner.
 */
import { KospigraphError, messageOf } from '../../errors.js'
import { calibrate, estimateSeconds } from './calibration.js'
import type { Calibration, CalibrationOptions } from './calibration.js'
import type { Engine } from './engine.js'
import type { FitProblem } from '../fit-problem.js'

export type EngineSetting = 'auto' | Engine['name']

export type LoadedTensorflow =
  | { readonly kind: 'loaded'; readonly engine: Engine; readonly hasGpu: boolean }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly remedy: string }

export interface Work {
  /** Fits that the run will make. */
  readonly fits: number
  /** One of them; asked for only where it decides. */
  readonly sample: () => FitProblem
  /** Ends the loading and the calibration, where there are any; the choice then fails with ABORTED. */
  readonly signal?: AbortSignal | undefined
}

export interface EngineChoice {
  readonly engine: Engine
  /** Why this one, for people and for the run's record. */
  readonly reason: string
  /** Whether the estimates of a calibration decided, which are the reason then. */
  readonly byEstimate?: true
}

export interface CalibratedEngines {
  readonly wasm: Calibration
  readonly tensorflow: Calibration
}

export interface Engines {
  readonly wasm: Engine
  /**
   * Loads TensorFlow where that has not been tried yet. The signal ends the wait and not the loading, which others
   * may wait for too.
   * @throws KospigraphError ABORTED, and nothing else
   */
  tensorflow(signal?: AbortSignal): Promise<LoadedTensorflow>
  /**
   * Once a run: the choice holds to its end.
   * @throws KospigraphError ABORTED
   */
  choose(work: Work): Promise<EngineChoice>
  /**
   * Times both engines on copies of the sample, once for each size of it. Only where TensorFlow is loaded.
   * @throws Error where one of them cannot fit it
   * @throws KospigraphError ABORTED
   */
  calibration(sample: FitProblem, signal?: AbortSignal): Promise<CalibratedEngines>
  /** Ends what runs, and the loading of TensorFlow where that still goes on. */
  close(): Promise<void>
}

/** Sizes that a process remembers having calibrated; the oldest is forgotten. */
const CALIBRATIONS_LIMIT = 32

class LazyEngines implements Engines {
  readonly wasm: Engine
  readonly #setting: EngineSetting
  readonly #load: EnginesOptions['loadTensorflow']
  readonly #tell: EnginesOptions['tell']
  readonly #clock: Pick<CalibrationOptions, 'nowMs'>
  readonly #closing = new AbortController()
  #loading: Promise<LoadedTensorflow> | undefined
  readonly #calibrations = new Map<string, Promise<CalibratedEngines>>()

  constructor(options: EnginesOptions) {
    this.wasm = options.wasm
    this.#setting = options.setting
    this.#load = options.loadTensorflow
    this.#tell = options.tell
    this.#clock = options.nowMs === undefined ? {} : { nowMs: options.nowMs }
  }

  tensorflow(signal?: AbortSignal): Promise<LoadedTensorflow> {
    this.#loading ??= this.#loadOnce()
    return unlessAborted(this.#loading, signal)
  }

  async #loadOnce(): Promise<LoadedTensorflow> {
    const { signal } = this.#closing
    const remedy = 'Set ML_ENGINE=wasm to do without it.'
    let loaded: LoadedTensorflow
    try {
      loaded = signal.aborted
        ? { kind: 'unavailable', reason: 'the engines are closed', remedy }
        : await this.#load(signal)
    } catch (error) {
      loaded = { kind: 'unavailable', reason: `it failed to load: ${messageOf(error)}`, remedy }
    }
    if (loaded.kind === 'unavailable' && !signal.aborted) {
      // Who asked for TensorFlow is warned; who left the choice to us need not care.
      const level = this.#setting === 'tensorflow' ? 'warn' : 'info'
      this.#tell(level, `TensorFlow is not used, wasm serves: ${loaded.reason}. ${loaded.remedy}`)
    }
    return loaded
  }

  async choose({ fits, sample, signal }: Work): Promise<EngineChoice> {
    if (this.#setting === 'wasm') return { engine: this.wasm, reason: 'ML_ENGINE is wasm' }
    const loaded = await this.tensorflow(signal)
    if (loaded.kind === 'unavailable') {
      return { engine: this.wasm, reason: `TensorFlow is not usable: ${loaded.reason}` }
    }
    if (this.#setting === 'tensorflow') return { engine: loaded.engine, reason: 'ML_ENGINE is tensorflow' }
    if (!loaded.hasGpu) return { engine: this.wasm, reason: 'TensorFlow sees no GPU' }
    const problem = sample()
    let measured: CalibratedEngines
    try {
      measured = await this.calibration(problem, signal)
    } catch (error) {
      if (isAborted(error)) throw error
      const reason = `the calibration failed: ${messageOf(error)}`
      this.#tell('warn', `TensorFlow is not used, wasm serves: ${reason}`)
      return { engine: this.wasm, reason }
    }
    const { wasm, tensorflow } = measured
    const [slow, fast] = [estimateSeconds(wasm, fits), estimateSeconds(tensorflow, fits)]
    const figures = `${fits} ${fits === 1 ? 'fit' : 'fits'}, calibrated: wasm ${seconds(slow)}, ${loaded.engine.device} ${seconds(fast)}`
    return { engine: fast < slow ? loaded.engine : this.wasm, reason: figures, byEstimate: true }
  }

  async calibration(sample: FitProblem, signal?: AbortSignal): Promise<CalibratedEngines> {
    const { architecture, training, labels } = sample
    const size = JSON.stringify([Object.entries(architecture), Object.entries(training), labels.length])
    for (;;) {
      throwIfAborted(signal)
      const known = this.#calibrations.get(size)
      if (known === undefined) return this.#remember(size, this.#measure(sample, signal))
      try {
        return await unlessAborted(known, signal)
      } catch (error) {
        // Another asker has given its own run up: we still want to know.
        if (!isAborted(error)) throw error
      }
    }
  }

  #remember(size: string, measuring: Promise<CalibratedEngines>): Promise<CalibratedEngines> {
    this.#calibrations.set(size, measuring)
    // One that failed, or was ended, says nothing about the next.
    measuring.catch(() => this.#calibrations.delete(size))
    const [oldest] = this.#calibrations.keys()
    if (this.#calibrations.size > CALIBRATIONS_LIMIT && oldest !== undefined)
      this.#calibrations.delete(oldest)
    return measuring
  }

  async #measure(sample: FitProblem, signal: AbortSignal | undefined): Promise<CalibratedEngines> {
    const loaded = await this.tensorflow(signal)
    if (loaded.kind === 'unavailable') throw new Error(`TensorFlow is not usable: ${loaded.reason}`)
    const options = { ...this.#clock, ...(signal && { signal }) }
    // One after the other: side by side they would take each other's cores. The one likelier to fail comes first.
    const tensorflow = await calibrate(loaded.engine, sample, options)
    return { tensorflow, wasm: await calibrate(this.wasm, sample, options) }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const closeTensorflow = async (): Promise<void> => {
      const loaded = await this.#loading
      if (loaded?.kind === 'loaded') await loaded.engine.close()
    }
    for (const closed of await Promise.allSettled([this.wasm.close(), closeTensorflow()])) {
      if (closed.status === 'rejected') throw closed.reason
    }
  }
}

function isAborted(error: unknown): boolean {
  return error instanceof KospigraphError && error.code === 'ABORTED'
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  throw new KospigraphError('ABORTED', 'Choosing an engine was stopped on request.', { cause: signal.reason })
}

/** What another has started, as long as this asker wants to wait for it. */
async function unlessAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | undefined,
): Promise<Value> {
  throwIfAborted(signal)
  let stop = (): void => undefined
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  signal?.addEventListener('abort', stop)
  try {
    await Promise.race([promise, stopped])
    throwIfAborted(signal)
    return await promise
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function seconds(value: number): string {
  return value < 0.1 ? (value * 1000).toFixed(0) + ' ms' : value.toPrecision(2) + ' s'
}

export interface EnginesOptions {
  readonly setting: EngineSetting
  readonly wasm: Engine
  /** Called at most once. The signal says that the result is not wanted any more. */
  readonly loadTensorflow: (signal: AbortSignal) => Promise<LoadedTensorflow>
  /** One line for the log. */
  readonly tell: (level: 'info' | 'warn', line: string) => void
  /** What calibrations are timed by, as in {@link CalibrationOptions}. */
  readonly nowMs?: () => number
}

export function createEngines(options: EnginesOptions): Engines {
  return new LazyEngines(options)
}
