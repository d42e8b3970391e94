/**
 * The part of TensorFlow.js that this engine uses, and the interface of a module that loads it.
 *
 * `@tensorflow/tfjs-node-gpu` and `@tensorflow/tfjs-core` both provide it. Only types are imported here, so
 * neither has to be installed. It includes no gradient function, because the network has its own backward pass.
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
      /** Description of the device that holds the tensors. */
      readonly device: string
      readonly hasGpu: boolean
    }
  | BackendUnavailable

/** Data, not an error: machines without TensorFlow are common. */
export interface BackendUnavailable {
  readonly kind: 'unavailable'
  /** What is missing, without a full stop. */
  readonly reason: string
  /** What to do about it, as sentences. */
  readonly remedy: string
}

/** What a backend module must export. It is imported only in the worker thread. */
export interface BackendModule {
  loadBackend(): Promise<LoadedBackend>
}
