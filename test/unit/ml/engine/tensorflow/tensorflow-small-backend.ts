/** A backend that has room for two small fits at a time, and for no large one. */
import type { LoadedBackend } from '../../../../../src/ml/engine/tensorflow/tensor-library.js'
import * as full from './tensorflow-cpu-backend.js'

const ROOM = 2 * 50

export async function loadBackend(): Promise<LoadedBackend> {
  await full.loadBackend()
  const tf: typeof full.cpu = {
    ...full.cpu,
    split: (x, ...rest) => {
      if ('shape' in (x as object) && (x as { readonly size: number }).size > ROOM)
        throw new Error('too large')
      return full.cpu.split(x, ...rest)
    },
  }
  return { kind: 'loaded', tf, device: 'a small device', hasGpu: false }
}
