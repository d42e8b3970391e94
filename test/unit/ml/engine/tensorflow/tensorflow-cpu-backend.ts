/** TensorFlow.js's own CPU backend, in the place of the native one: the same program without a GPU. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import type { LoadedBackend, TensorLibrary } from '../../../../../src/ml/engine/tensorflow/tensor-library.js'

export const cpu: TensorLibrary = tf

export async function loadBackend(): Promise<LoadedBackend> {
  // Or it advertises the native backend on every start.
  tf.env().set('IS_TEST', true)
  await tf.setBackend('cpu')
  return { kind: 'loaded', tf: cpu, device: `tfjs ${tf.version_core} on cpu`, hasGpu: false }
}
