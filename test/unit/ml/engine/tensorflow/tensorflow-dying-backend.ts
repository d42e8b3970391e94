/** A backend whose thread ends at its first step. With `?loadMs=` in its address it takes that long to load. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadedBackend } from '../../../../../src/ml/engine/tensorflow/tensor-library.js'
import * as full from './tensorflow-cpu-backend.js'

export async function loadBackend(): Promise<LoadedBackend> {
  await sleep(Number(new URL(import.meta.url).searchParams.get('loadMs')))
  await full.loadBackend()
  const tf: typeof full.cpu = { ...full.cpu, split: () => process.exit(3) }
  return { kind: 'loaded', tf, device: 'a dying device', hasGpu: false }
}
