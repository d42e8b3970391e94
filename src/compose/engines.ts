/** Opens the engines that the configuration allows for fits. */
import type { Config } from '../config.js'
import type { Logger } from '../logger.js'
import { createEngines } from '../ml/engine/engines.js'
import type { Engines } from '../ml/engine/engines.js'
import { loadTensorflow } from '../ml/engine/tensorflow/tensorflow-engine.js'
import { createWasmEngine } from '../ml/engine/wasm/wasm-engine.js'

export function openEngines(config: Config, log: Logger): Engines {
  const wasm = createWasmEngine(config.mlThreads === undefined ? {} : { threads: config.mlThreads })
  return createEngines({
    setting: config.mlEngine,
    wasm,
    loadTensorflow: (signal) => loadTensorflow({ wasm, signal }),
    tell: (level, line) => log[level](line),
  })
}
