/**
 * Measures one fit's time, and how many fits a machine makes in a second.
 *
 * - `fitMs`: the seed recipe's fit on this thread, without engine or worker: the kernel's own time.
 * - The grid: the same fit with other hidden sizes and lookbacks. With `--torch <python>`, fits alternate with
 *   PyTorch's in each cell, also on one thread, so that other load affects both.
 * - `fitsPerSecond`: streams through the engine, every problem built from bars while the fits run. Short streams
 *   on one thread and on all cores alternate; `speedup` is the median of their ratios.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import type { Recipe } from '../src/domain/models/recipe.js'
import { SEED_RECIPE, windowBars } from '../src/domain/models/recipe.js'
import { messageOf } from '../src/errors.js'
import type { Engine } from '../src/ml/engine/engine.js'
import type { FitProblem } from '../src/ml/fit-problem.js'
import { Kernel } from '../src/ml/engine/wasm/kernel.js'
import { train } from '../src/ml/engine/wasm/train.js'
import { loadTensorflow } from '../src/ml/engine/tensorflow/tensorflow-engine.js'
import { createWasmEngine } from '../src/ml/engine/wasm/wasm-engine.js'
import { sampleProblem } from '../src/ml/fit/problem.js'
import { simulateBars } from '../test/unit/ml/simulated-bars.js'

const HIDDEN = [8, 16, 32, 64]
const LOOKBACKS = [5, 20, 60]
const WARM_UP_FITS = 20
const SEED_FITS = 150
/** Per cell and turn: as many fits as go into the time, and at least one. */
const CELL_MS = 400
const TURNS = 3
const TURNS_WITH_PEERS = 2
const STREAM_MS = 700
const STREAM_ROUNDS = 9

const shared = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../shared')
const run = promisify(execFile)
const line = (text: string): void => void process.stdout.write(`${text}\n`)

interface Cell {
  readonly hidden: number
  readonly lookback: number
}

/** Another implementation of the same fit, with a column beside ours. */
interface Peer {
  readonly name: string
  /** Milliseconds of one fit on one thread. */
  fitMs(cell: Cell): Promise<number>
}

/** PyTorch as the original recipe uses it: one fit to warm up, one timed. */
function torchPeer(python: string): Peer | undefined {
  const script = path.join(shared, 'peers/torch_fit.py')
  const csv = path.join(shared, 'data/seed/kospi.csv')
  const absent = [script, csv].find((file) => !existsSync(file))
  if (absent !== undefined) {
    line(`No PyTorch column: ${absent} is absent.`)
    return undefined
  }
  return {
    name: 'torch',
    async fitMs({ hidden, lookback }) {
      const { stdout } = await run(python, [script, csv, '1', String(hidden), String(lookback)])
      return (JSON.parse(stdout) as { readonly medianMs: number }).medianMs
    },
  }
}

/**
 * TensorFlow.js on its own CPU backend: our tensor program for one seed fit. Its steps take as long as those of
 * any other program there, a few milliseconds of dispatch each.
 */
async function tfjsSeedMs(): Promise<number> {
  const backendModule = new URL(
    '../test/unit/ml/engine/tensorflow/tensorflow-cpu-backend.js',
    import.meta.url,
  ).href
  const wasm = createWasmEngine({ threads: 1 })
  const loaded = await loadTensorflow({ wasm, backendModule })
  if (loaded.kind === 'unavailable') throw new Error(`${loaded.reason}. ${loaded.remedy}`)
  try {
    const startedMs = performance.now()
    for await (const result of loaded.engine.fit([problemOf(SEED_RECIPE, 0)])) {
      if (result.kind === 'failure') throw new Error(result.message)
    }
    return performance.now() - startedMs
  } finally {
    await loaded.engine.close()
    await wasm.close()
  }
}

const bars = simulateBars(windowBars({ ...SEED_RECIPE, lookbackBars: Math.max(...LOOKBACKS) }))

function problemOf(recipe: Recipe, seed: number): FitProblem {
  return sampleProblem({ key: String(seed), bars, recipe, seed })
}

/** Returns `durationMs` of a fit: the kernel's time, with loading the problem and reading the weights. */
function fitOnce(kernel: Kernel, problem: FitProblem): number {
  const result = train(kernel, problem, () => undefined)
  if (result.kind === 'failure') throw new Error(result.message)
  return result.durationMs
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))

function measureSeedFit(kernel: Kernel): number[] {
  const durationsMs = Array.from({ length: WARM_UP_FITS + SEED_FITS }, (_, seed) =>
    fitOnce(kernel, problemOf(SEED_RECIPE, seed)),
  ).slice(WARM_UP_FITS)
  const [middle, best] = [median(durationsMs), Math.min(...durationsMs)]
  line(
    `${SEED_RECIPE.name} recipe on this thread: median ${middle.toFixed(2)} ms, best ${best.toFixed(2)} ms`,
  )
  return durationsMs
}

interface CellResult {
  readonly name: string
  readonly fitMs: number
  readonly peers: readonly { readonly fitMs: number; readonly ratio: number }[]
}

async function measureCell(kernel: Kernel, cell: Cell, peers: readonly Peer[]): Promise<CellResult> {
  const recipe: Recipe = { ...SEED_RECIPE, hidden: cell.hidden, lookbackBars: cell.lookback }
  const problem = problemOf(recipe, 1)
  fitOnce(kernel, problem)
  const ours: number[] = []
  const theirs: number[][] = peers.map(() => [])
  for (let turn = 0; turn < (peers.length > 0 ? TURNS_WITH_PEERS : TURNS); turn++) {
    for (const [i, peer] of peers.entries()) theirs[i]?.push(await peer.fitMs(cell))
    const startedMs = performance.now()
    do ours.push(fitOnce(kernel, problem))
    while (performance.now() - startedMs < CELL_MS)
  }
  const fitMs = median(ours)
  return {
    name: `${cell.hidden}x${cell.lookback}`,
    fitMs,
    peers: theirs.map((own) => ({ fitMs: median(own), ratio: median(own) / fitMs })),
  }
}

async function measureGrid(kernel: Kernel, peers: readonly Peer[]): Promise<CellResult[]> {
  const peerHeads = peers.map(({ name }) => `${`${name}, ms`.padStart(12)} ${'ratio'.padStart(7)}`)
  line([`${'hidden'.padStart(6)} ${'lookback'.padStart(8)} ${'ms'.padStart(9)}`, ...peerHeads].join(' '))
  const results: CellResult[] = []
  for (const lookback of LOOKBACKS) {
    for (const hidden of HIDDEN) {
      const result = await measureCell(kernel, { hidden, lookback }, peers)
      const own = `${String(hidden).padStart(6)} ${String(lookback).padStart(8)} ${result.fitMs.toFixed(2).padStart(9)}`
      const others = result.peers.map(
        ({ fitMs, ratio }) => `${fitMs.toFixed(0).padStart(12)} ${ratio.toFixed(1).padStart(7)}`,
      )
      line([own, ...others].join(' '))
      results.push(result)
    }
  }
  return results
}

function* problemsUntil(stopMs: number): Iterable<FitProblem> {
  for (let seed = 0; performance.now() < stopMs; seed++) yield problemOf(SEED_RECIPE, seed)
}

/** Fits a second of one stream. The last fits end after the source does, so the stream's actual length counts. */
async function rate(engine: Engine): Promise<number> {
  const startedMs = performance.now()
  let fits = 0
  for await (const result of engine.fit(problemsUntil(startedMs + STREAM_MS))) {
    if (result.kind === 'failure') throw new Error(result.message)
    fits += 1
  }
  return fits / ((performance.now() - startedMs) / 1000)
}

interface Streams {
  readonly byThreads: Readonly<Record<string, number>>
  /** All cores over one thread. */
  readonly speedup: number
  readonly engine: string
}

async function measureStreams(threadCounts: readonly number[]): Promise<Streams> {
  const engines = threadCounts.map((threads) => createWasmEngine({ threads }))
  const rates: number[][] = threadCounts.map(() => [])
  try {
    for (const engine of engines) await rate(engine)
    for (let round = 0; round < STREAM_ROUNDS; round++) {
      // Alternate the order, so that no setting always follows the same one.
      const order = engines.map((_, i) => (round % 2 === 0 ? i : engines.length - 1 - i))
      for (const i of order) rates[i]?.push(await rate(engines[i] as Engine))
    }
  } finally {
    await Promise.all(engines.map((engine) => engine.close()))
  }
  line(`threads   fits/s, median of ${STREAM_ROUNDS} streams of ${STREAM_MS} ms   lowest   highest`)
  for (const [i, own] of rates.entries()) {
    const [lowest, highest] = [Math.min(...own), Math.max(...own)].map((value) =>
      value.toFixed(0).padStart(8),
    )
    line(
      `${String(threadCounts[i]).padStart(7)} ${median(own).toFixed(0).padStart(40)} ${lowest ?? ''} ${highest ?? ''}`,
    )
  }
  const ones = rates[0] ?? []
  const ratios = (rates.at(-1) ?? []).map((value, i) => value / (ones[i] ?? NaN))
  return {
    byThreads: Object.fromEntries(
      threadCounts.map((threads, i) => [String(threads), Math.round(median(rates[i] ?? []))]),
    ),
    speedup: median(ratios),
    engine: engines[0]?.version ?? '',
  }
}

/**
 * `--torch <python>`: an interpreter that has torch; adds PyTorch's column and takes minutes. `--tfjs`: one seed fit on
 * TensorFlow.js's CPU backend.
 */
export async function main(args: string[]): Promise<void> {
  let given: { readonly torch?: string | undefined; readonly tfjs: boolean }
  try {
    given = parseArgs({
      args,
      options: { torch: { type: 'string' }, tfjs: { type: 'boolean', default: false } },
    }).values
  } catch (error) {
    line(`bench fit: ${messageOf(error)}\nUsage: npm run bench -- fit [--torch <python>] [--tfjs]`)
    process.exitCode = 2
    return
  }
  const torch = given.torch === undefined ? undefined : torchPeer(given.torch)
  const peers = torch === undefined ? [] : [torch]
  const cores = availableParallelism()
  const threadCounts = cores === 1 ? [1] : [1, cores]

  const kernel = new Kernel()
  const seedMs = measureSeedFit(kernel)
  const tfjsMs = given.tfjs ? await tfjsSeedMs() : undefined
  if (tfjsMs !== undefined) {
    const ratio = (tfjsMs / median(seedMs)).toFixed(0)
    line(
      `${SEED_RECIPE.name} recipe on tfjs's CPU backend, one fit: ${tfjsMs.toFixed(0)} ms, ${ratio} times as long`,
    )
  }
  const cells = await measureGrid(kernel, peers)
  const streams = await measureStreams(threadCounts)
  const byCell = (value: (cell: CellResult) => number): Record<string, number> =>
    Object.fromEntries(cells.map((cell) => [cell.name, value(cell)]))
  const ratios = peers.map(({ name }, i) => [name, byCell((cell) => rounded(cell.peers[i]?.ratio ?? NaN, 2))])
  const result = {
    fitMs: rounded(median(seedMs), 3),
    bestFitMs: rounded(Math.min(...seedMs), 3),
    fitsPerSecond: streams.byThreads[String(cores)],
    fitsPerSecondByThreads: streams.byThreads,
    speedup: rounded(streams.speedup, 3),
    fitMsByHiddenAndLookback: byCell(({ fitMs }) => rounded(fitMs, 3)),
    ...(peers.length > 0 ? { ratios: Object.fromEntries(ratios) as unknown } : {}),
    ...(tfjsMs === undefined ? {} : { tfjsSeedMs: rounded(tfjsMs, 0) }),
    threads: cores,
    engine: streams.engine,
  }
  line(JSON.stringify(result))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2))
