/**
 * Engines: which one executes a run's fits.
 *
 * `wasm` is always there. TensorFlow is loaded when somebody first has a use for it; where it cannot be used, the
 * reason is told once and `wasm` serves. Left to choose, a run takes TensorFlow only where it has a GPU and
 * a calibration on a small sample of the run's own work says that all of it would be done sooner.
 */
import { messageOf } from '../../errors.js'
import { calibrate, estimateSeconds } from './calibration.js'
import type { Calibration } from './calibration.js'
import type { Engine, FitProblem } from './engine.js'

export type EngineSetting = 'auto' | Engine['name']

export type LoadedTensorflow =
  | { readonly kind: 'loaded'; readonly engine: Engine; readonly hasGpu: boolean }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly remedy: string }

export interface Work {
  /** Fits that the run will make. */
  readonly fits: number
  /** One of them; asked for only where it decides. */
  readonly sample: () => FitProblem
}

export interface EngineChoice {
  readonly engine: Engine
  /** Why this one, for people and for the run's record. */
  readonly reason: string
}

export interface CalibratedEngines {
  readonly wasm: Calibration
  readonly tensorflow: Calibration
}

export interface Engines {
  readonly wasm: Engine
  /** Loads TensorFlow where that has not been tried yet. */
  tensorflow(): Promise<LoadedTensorflow>
  /** Once a run: the choice holds to its end. */
  choose(work: Work): Promise<EngineChoice>
  /** Times both engines on copies of the sample, once for each size of it. Only where TensorFlow is loaded. */
  calibration(sample: FitProblem): Promise<CalibratedEngines>
  close(): Promise<void>
}

/** Sizes that a process remembers having calibrated; the oldest is forgotten. */
const CALIBRATIONS_LIMIT = 32

class LazyEngines implements Engines {
  readonly wasm: Engine
  readonly #setting: EngineSetting
  readonly #load: () => Promise<LoadedTensorflow>
  readonly #tell: EnginesOptions['tell']
  #loading: Promise<LoadedTensorflow> | undefined
  readonly #calibrations = new Map<string, Promise<CalibratedEngines>>()

  constructor(options: EnginesOptions) {
    this.wasm = options.wasm
    this.#setting = options.setting
    this.#load = options.loadTensorflow
    this.#tell = options.tell
  }

  tensorflow(): Promise<LoadedTensorflow> {
    this.#loading ??= this.#load().then((loaded) => {
      if (loaded.kind === 'unavailable') {
        // Who asked for TensorFlow is warned; who left the choice to us need not care.
        const level = this.#setting === 'tensorflow' ? 'warn' : 'info'
        this.#tell(level, `TensorFlow is not used, wasm serves: ${loaded.reason}. ${loaded.remedy}`)
      }
      return loaded
    })
    return this.#loading
  }

  async choose({ fits, sample }: Work): Promise<EngineChoice> {
    if (this.#setting === 'wasm') return { engine: this.wasm, reason: 'ML_ENGINE is wasm' }
    const loaded = await this.tensorflow()
    if (loaded.kind === 'unavailable') {
      return { engine: this.wasm, reason: `TensorFlow is not usable: ${loaded.reason}` }
    }
    if (this.#setting === 'tensorflow') return { engine: loaded.engine, reason: 'ML_ENGINE is tensorflow' }
    if (!loaded.hasGpu) return { engine: this.wasm, reason: 'TensorFlow sees no GPU' }
    const problem = sample()
    let measured: CalibratedEngines
    try {
      measured = await this.calibration(problem)
    } catch (error) {
      const reason = `the calibration failed: ${messageOf(error)}`
      this.#tell('warn', `TensorFlow is not used, wasm serves: ${reason}`)
      return { engine: this.wasm, reason }
    }
    const { wasm, tensorflow } = measured
    const [slow, fast] = [estimateSeconds(wasm, fits), estimateSeconds(tensorflow, fits)]
    const figures = `${fits} ${fits === 1 ? 'fit' : 'fits'}, calibrated: wasm ${seconds(slow)}, ${loaded.engine.device} ${seconds(fast)}`
    return { engine: fast < slow ? loaded.engine : this.wasm, reason: figures }
  }

  calibration(sample: FitProblem): Promise<CalibratedEngines> {
    const { architecture, training, labels } = sample
    const size = JSON.stringify([Object.entries(architecture), Object.entries(training), labels.length])
    const known = this.#calibrations.get(size)
    if (known !== undefined) return known
    const measuring = this.#measure(sample)
    this.#calibrations.set(size, measuring)
    // One that failed says nothing about the next.
    measuring.catch(() => this.#calibrations.delete(size))
    const [oldest] = this.#calibrations.keys()
    if (this.#calibrations.size > CALIBRATIONS_LIMIT && oldest !== undefined)
      this.#calibrations.delete(oldest)
    return measuring
  }

  async #measure(sample: FitProblem): Promise<CalibratedEngines> {
    const loaded = await this.tensorflow()
    if (loaded.kind === 'unavailable') throw new Error(`TensorFlow is not usable: ${loaded.reason}`)
    // One after the other: side by side they would take each other's cores.
    const wasm = await calibrate(this.wasm, sample)
    return { wasm, tensorflow: await calibrate(loaded.engine, sample) }
  }

  async close(): Promise<void> {
    const loaded = await this.#loading
    await Promise.all([this.wasm.close(), loaded?.kind === 'loaded' ? loaded.engine.close() : undefined])
  }
}

function seconds(value: number): string {
  return value < 0.1 ? (value * 1000).toFixed(0) + ' ms' : value.toPrecision(2) + ' s'
}

export interface EnginesOptions {
  readonly setting: EngineSetting
  readonly wasm: Engine
  /** Called at most once. */
  readonly loadTensorflow: () => Promise<LoadedTensorflow>
  /** One line for the log. */
  readonly tell: (level: 'info' | 'warn', line: string) => void
}

export function createEngines(options: EnginesOptions): Engines {
  return new LazyEngines(options)
}
