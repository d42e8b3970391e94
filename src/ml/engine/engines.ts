/**
 * Engine choice: which engine executes a run's fits.
 *
 * `wasm` is always available. TensorFlow is loaded on first use; where that fails, the reason is logged once and
 * `wasm` is used. With ML_ENGINE=auto, a run uses TensorFlow only where it has a GPU and a calibration on a sample
 * of the run's own work estimates that it is faster.
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
  /** Number of fits in the run. */
  readonly fits: number
  /** One of the run's problems; called only where a calibration needs it. */
  readonly sample: () => FitProblem
  /** Ends the wait for loading and calibration; the choice then fails with ABORTED. */
  readonly signal?: AbortSignal | undefined
}

export interface EngineChoice {
  readonly engine: Engine
  /** Why this engine was chosen; kept in the run's record. */
  readonly reason: string
  /** Set where a calibration decided; `reason` then holds its estimates. */
  readonly byEstimate?: true
}

export interface CalibratedEngines {
  readonly wasm: Calibration
  readonly tensorflow: Calibration
}

export interface Engines {
  readonly wasm: Engine
  /**
   * Loads TensorFlow unless that was tried before. The signal ends this wait, not the loading, which others may
   * wait for.
   * @throws KospigraphError ABORTED, and nothing else
   */
  tensorflow(signal?: AbortSignal): Promise<LoadedTensorflow>
  /**
   * Chooses a run's engine. Called once a run; the choice holds to its end.
   * @throws KospigraphError ABORTED where the signal aborts
   */
  choose(work: Work): Promise<EngineChoice>
  /**
   * Times both engines on copies of the sample, once for each size of problem. Needs TensorFlow loaded.
   * @throws Error where TensorFlow is not usable or an engine cannot fit the sample
   * @throws KospigraphError ABORTED where the signal aborts
   */
  calibration(sample: FitProblem, signal?: AbortSignal): Promise<CalibratedEngines>
  /** Closes the engines, and ends the loading of TensorFlow where it is still running. */
  close(): Promise<void>
}

/** Calibrated sizes that a process remembers; beyond it the oldest is dropped. */
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
      // A warning only where the configuration asks for TensorFlow.
      const level = this.#setting === 'tensorflow' ? 'warn' : 'info'
      this.#tell(level, `TensorFlow is not used, fits run on wasm: ${loaded.reason}. ${loaded.remedy}`)
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
      this.#tell('warn', `TensorFlow is not used, fits run on wasm: ${reason}`)
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
        // The caller that started this calibration aborted it, so start another.
        if (!isAborted(error)) throw error
      }
    }
  }

  #remember(size: string, measuring: Promise<CalibratedEngines>): Promise<CalibratedEngines> {
    this.#calibrations.set(size, measuring)
    // A failed or aborted calibration is not kept.
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
    // One after the other, because side by side they would compete for cores. The one more likely to fail comes
    // first.
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

/** Waits for a promise that others may share, until the signal aborts. */
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
  /** Called at most once. The signal aborts when the result is no longer needed. */
  readonly loadTensorflow: (signal: AbortSignal) => Promise<LoadedTensorflow>
  /** Logs one line. */
  readonly tell: (level: 'info' | 'warn', line: string) => void
  /** Clock of calibrations, as in {@link CalibrationOptions}. */
  readonly nowMs?: () => number
}

export function createEngines(options: EnginesOptions): Engines {
  return new LazyEngines(options)
}
