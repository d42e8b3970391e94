/**
 * `npm run golden -- [--engine <name>] [--data <csv>] [file.json ...]`: trains every golden file's run and
 * compares it with PyTorch's. Without files: all of ../shared/golden, and the test fixtures. Engines are wasm (the
 * default), tensorflow, and tfjs-cpu, which is the tensor program on TensorFlow.js's own CPU backend. Exits 1
 * where a difference exceeds its tolerance.
 */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { messageOf } from '../../src/errors.js'
import type { Engine } from '../../src/ml/engine/engine.js'
import { loadTensorflow } from '../../src/ml/engine/tensorflow/tensorflow-engine.js'
import { createWasmEngine } from '../../src/ml/engine/wasm/wasm-engine.js'
import { BOUNDS, compare, isWithin } from './compare.js'
import { barsOf } from './golden-bars.js'
import { readGolden, unsupportedBy } from './golden-file.js'

const ENGINES = ['wasm', 'tensorflow', 'tfjs-cpu'] as const
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const shared = path.resolve(root, '../shared')

function goldenFilesIn(folder: string): string[] {
  if (!existsSync(folder)) {
    print(`Skipped ${path.relative(root, folder)}: it is not there.`)
    return []
  }
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => path.join(folder, file))
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function openEngine(name: string): Promise<Engine> {
  if (!ENGINES.some((known) => known === name)) {
    throw new Error(`--engine ${name} is not known; use one of ${ENGINES.join(', ')}`)
  }
  const wasm = createWasmEngine()
  if (name === 'wasm') return wasm
  const backendModule = new URL('../unit/ml/engine/tensorflow/tensorflow-cpu-backend.js', import.meta.url)
    .href
  const loaded = await loadTensorflow({ wasm, ...(name === 'tfjs-cpu' && { backendModule }) })
  if (loaded.kind === 'loaded') return loaded.engine
  throw new Error(`--engine ${name}: ${loaded.reason}. ${loaded.remedy}`)
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { data: { type: 'string' }, engine: { type: 'string', default: 'wasm' } },
    allowPositionals: true,
  })
  const files =
    positionals.length > 0
      ? positionals
      : [
          ...goldenFilesIn(path.join(shared, 'golden')),
          ...goldenFilesIn(path.join(root, 'test/fixtures')).filter((file) =>
            path.basename(file).startsWith('golden'),
          ),
        ]
  const engine = await openEngine(values.engine)
  const bound = BOUNDS[engine.name]
  print(`engine ${engine.version} on ${engine.device}; allowed: ${bound.toExponential()} of each`)
  print(`${'file'.padEnd(34)} ${'losses, relative'.padStart(18)} ${'predictions'.padStart(14)}`)
  let failures = 0
  try {
    for (const file of files) {
      try {
        const golden = readGolden(file)
        const reason = unsupportedBy(golden)
        if (reason !== undefined) {
          print(`${golden.name.padEnd(34)} skipped: ${reason}`)
          continue
        }
        const bars = barsOf(golden, { dataFolder: path.join(shared, 'data'), csvFile: values.data })
        const comparison = await compare(engine, golden, bars)
        const fine = isWithin(bound, comparison)
        if (!fine) failures += 1
        const losses = comparison.lossDifference.toExponential(2).padStart(18)
        const predictions = comparison.predictionDifference.toExponential(2).padStart(14)
        print(`${golden.name.padEnd(34)} ${losses} ${predictions}  ${fine ? 'ok' : 'BEYOND THE BOUND'}`)
      } catch (error) {
        failures += 1
        print(`error: ${messageOf(error)}`)
      }
    }
  } finally {
    await engine.close()
  }
  return failures === 0 ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  print(`error: ${messageOf(error)}`)
  process.exitCode = 1
}
