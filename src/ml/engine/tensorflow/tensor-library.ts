/**
 * The part of TensorFlow.js that the program is written in, and how a thread gets hold of it.
 *
 * `@tensorflow/tfjs-node-gpu` and `@tensorflow/tfjs-core` both provide it. Only types are imported here, so neither
 * has to be installed where Kospigraph runs. No function that takes gradients is among them, because the program
 * has its own backward pass.
 */
import type * as tfjs from '@tensorflow/tfjs-core'

export type Tensor = tfjs.Tensor

export type TensorLibrary = Pick<
  typeof tfjs,
  | 'add'
  | 'concat'
  | 'div'
  | 'gather'
  | 'matMul'
  | 'memory'
  | 'minimum'
  | 'mul'
  | 'reshape'
  | 'scalar'
  | 'sigmoid'
  | 'slice'
  | 'split'
  | 'sqrt'
  | 'square'
  | 'sub'
  | 'sum'
  | 'tanh'
  | 'tensor'
  | 'tensor1d'
  | 'tidy'
  | 'zeros'
>

export type LoadedBackend =
  | {
      readonly kind: 'loaded'
      readonly tf: TensorLibrary
      /** What the tensors live on, for people. */
      readonly device: string
      readonly hasGpu: boolean
    }
  | BackendUnavailable

/** Data, not an error: a machine without TensorFlow is a normal one. */
export interface BackendUnavailable {
  readonly kind: 'unavailable'
  /** What is missing, without a full stop. */
  readonly reason: string
  /** What to do about it, as sentences. */
  readonly remedy: string
}

/** What a module must export to serve as a backend. It is imported in the worker thread, never in the one that asks. */
export interface BackendModule {
  loadBackend(): Promise<LoadedBackend>
}
