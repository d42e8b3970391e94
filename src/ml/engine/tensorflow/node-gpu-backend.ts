/**
 * The `@tensorflow/tfjs-node-gpu` backend: loads the package, or explains why it cannot be loaded.
 *
 * The package is optional. It may be absent, or its native binding or libtensorflow may not have been downloaded.
 * Where it finds no GPU it computes on the processor.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { messageOf } from '../../../errors.js'
import { defineRemovedFunctions } from './removed-node-functions.js'
import type { BackendUnavailable, LoadedBackend, TensorLibrary } from './tensor-library.js'

const PACKAGE = '@tensorflow/tfjs-node-gpu'
/** Where NVIDIA's Linux driver lists the cards. */
const CARDS_FOLDER = '/proc/driver/nvidia/gpus'

/** The parts of the package used besides the operations. */
type NodeGpu = TensorLibrary & {
  readonly backend: () => {
    readonly isUsingGpuDevice: boolean
    readonly binding: { readonly TF_Version: string }
  }
}

const unavailable = (reason: string, remedy: string): BackendUnavailable => ({
  kind: 'unavailable',
  reason,
  remedy,
})

/** Loads the package. Never throws: a failure is returned with its reason and remedy. */
// eslint-disable-next-line @typescript-eslint/require-await -- the thread awaits whichever backend's loader it is given
export async function loadBackend(): Promise<LoadedBackend> {
  const require = createRequire(import.meta.url)
  // Each thread has its own module object, so this defines the functions in this thread only.
  defineRemovedFunctions(require('node:util') as object)
  try {
    const tf = require(PACKAGE) as NodeGpu
    const { isUsingGpuDevice: hasGpu, binding } = tf.backend()
    const cards = hasGpu ? cardNames(CARDS_FOLDER) : []
    return { kind: 'loaded', tf, device: deviceName(binding.TF_Version, hasGpu, cards), hasGpu }
  } catch (error) {
    return explainLoadError(error)
  }
}

/** Returns the reason and the remedy for an error that loading the package threw. */
export function explainLoadError(error: unknown): BackendUnavailable {
  const message = messageOf(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const [line = ''] = message.split('\n')
  if (code === 'MODULE_NOT_FOUND' && line.includes(`'${PACKAGE}'`)) {
    return unavailable(
      `${PACKAGE} is not installed`,
      'It is an optional package, left out where its native library cannot be downloaded: run npm ci on a machine ' +
        'that reaches storage.googleapis.com, or build the Dockerfile with --target gpu.',
    )
  }
  if (message.includes('native addon module')) {
    return unavailable(
      `${PACKAGE} is installed without its native binding`,
      `Run npm rebuild ${PACKAGE} on a machine that reaches storage.googleapis.com, without --ignore-scripts.`,
    )
  }
  const library = /(lib[\w.+-]+): cannot open shared object file/.exec(message)?.[1]
  if (library !== undefined) {
    return unavailable(
      `${PACKAGE} needs ${library}, which is not found`,
      library.startsWith('libtensorflow')
        ? `Run npm rebuild ${PACKAGE} on a machine that reaches storage.googleapis.com.`
        : 'Install CUDA 11.2 and cuDNN 8.1, or build the Dockerfile with --target gpu.',
    )
  }
  return unavailable(
    `${PACKAGE} failed to load: ${line}`,
    'It is made for Linux and Windows on x86-64, with CUDA 11.2 and cuDNN 8.1 for a GPU.',
  )
}

/** Returns a description of the device. Card names are the driver's, because the binding gives none. */
export function deviceName(tensorflowVersion: string, hasGpu: boolean, cards: readonly string[]): string {
  const device = hasGpu ? `CUDA: ${cards.length > 0 ? cards.join(', ') : 'GPU'}` : 'CPU, no GPU found'
  return `${device} (TensorFlow ${tensorflowVersion})`
}

/** Returns the distinct models of the machine's cards; empty where the driver does not list them. */
export function cardNames(folder: string): string[] {
  try {
    if (!existsSync(folder)) return []
    const models = readdirSync(folder)
      .map((card) => readFileSync(`${folder}/${card}/information`, 'utf8'))
      .map((text) => /^Model:\s*(.+?)\s*$/m.exec(text)?.[1])
      .filter((model) => model !== undefined)
    return [...new Set(models)]
  } catch {
    return []
  }
}
