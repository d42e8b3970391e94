/**
 * Measures a long stream of fits: throughput, delay of the event loop, abort and memory.
 *
 * - Speed: short rounds on 1, 2 and 8 threads in turn, so that other load on the machine affects all alike.
 *   Problems are built from bars while the fits run. `speedup` is the median of the rounds' ratios of 2 threads to
 *   1; it is meaningless where `cores` shows that other processes ran.
 * - Event loop: how late the main thread is while every core fits, by Node's own monitor and by an interval.
 * - Abort: from `abort()` to the end of the stream, in the middle of the largest fit, whose epochs take seconds.
 * - Memory: the process's resident set over a long stream, all workers included.
 */
import { availableParallelism } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BarColumns } from '../src/domain/bars/bar.js'
import type { Recipe } from '../src/domain/models/recipe.js'
import { RETURNS_RECIPE, SEED_RECIPE, windowBars } from '../src/domain/models/recipe.js'
import type { Engine } from '../src/ml/engine/engine.js'
import type { FitProblem } from '../src/ml/fit-problem.js'
import { createWasmEngine } from '../src/ml/engine/wasm/wasm-engine.js'
import { buildFitProblems } from '../src/ml/fit/problem.js'
import { simulateBars } from '../test/unit/ml/simulated-bars.js'

const THREADS = [1, 2, 8]
const ROUNDS = 15
const ROUND_MS = 700
const LOADED_MS = 6000
const PROBE_MS = 5
const ABORTS = 7
const SYMBOLS = 20

/** One epoch of it takes seconds. */
const LARGEST_RECIPE: Recipe = {
  ...SEED_RECIPE,
  name: 'largest',
  layers: 4,
  hidden: 256,
  lookbackBars: 250,
  windowSamples: 1024,
  batchSize: 1024,
  epochs: 1,
}

const market = Array.from({ length: SYMBOLS }, (_, i) => simulateBars(windowBars(RETURNS_RECIPE), i))

/** Yields problems, each built from another symbol's bars, until `stopMs`. */
function* problemsUntil(recipe: Recipe, stopMs: number): Iterable<FitProblem> {
  for (let seed = 0; performance.now() < stopMs; seed++) {
    const bars = market[seed % market.length] as BarColumns
    yield* buildFitProblems({ key: String(seed), bars, recipe, seed }).problems
  }
}

async function countFits(engine: Engine, source: Iterable<FitProblem>): Promise<number> {
  let fits = 0
  for await (const result of engine.fit(source)) {
    if (result.kind === 'failure') throw new Error(result.message)
    fits += 1
  }
  return fits
}

interface Round {
  readonly fitsPerSecond: number
  /** Processor seconds a second: the share of the machine that this round had. */
  readonly cores: number
}

/** The last fits end after the source does, so the round's actual length counts. */
async function runRound(engine: Engine, recipe: Recipe): Promise<Round> {
  const startedMs = performance.now()
  const before = process.cpuUsage()
  const fits = await countFits(engine, problemsUntil(recipe, startedMs + ROUND_MS))
  const seconds = (performance.now() - startedMs) / 1000
  const { user, system } = process.cpuUsage(before)
  return { fitsPerSecond: fits / seconds, cores: (user + system) / 1e6 / seconds }
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b)
}

function quantile(values: readonly number[], share: number): number {
  return sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN
}

const median = (values: readonly number[]): number => quantile(values, 0.5)
const line = (text: string): void => void process.stdout.write(`${text}\n`)
const columns = (...cells: (string | number)[]): void => {
  line(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(22) : String(cell).padStart(10))).join(''))
}

interface Speed {
  readonly byThreads: Readonly<Record<string, number>>
  readonly speedup: number
}

async function measureSpeed(recipe: Recipe): Promise<Speed> {
  const engines = THREADS.map((threads) => createWasmEngine({ threads }))
  const rounds: Round[][] = THREADS.map(() => [])
  try {
    for (const engine of engines) await runRound(engine, recipe)
    for (let round = 0; round < ROUNDS; round++) {
      // Alternate the order, so that no setting always follows the same one.
      const order = THREADS.map((_, i) => (round % 2 === 0 ? i : THREADS.length - 1 - i))
      for (const i of order) rounds[i]?.push(await runRound(engines[i] as Engine, recipe))
    }
  } finally {
    await Promise.all(engines.map((engine) => engine.close()))
  }
  columns(`${recipe.name}, threads`, 'fits/s', 'lowest', 'highest', 'to 1', 'lowest', 'highest', 'cores')
  const rates = rounds.map((own) => own.map(({ fitsPerSecond }) => fitsPerSecond))
  const ratios = rates.map((own) => own.map((rate, round) => rate / (rates[0]?.[round] ?? NaN)))
  const range = (values: readonly number[] = [], digits: number): string[] =>
    [median(values), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits))
  for (const [i, threads] of THREADS.entries()) {
    const cores = median((rounds[i] ?? []).map((round) => round.cores))
    columns(threads, ...range(rates[i], 0), ...range(ratios[i], 2), cores.toFixed(2))
  }
  const byThreads = rates.map((own, i) => [String(THREADS[i]), Math.round(median(own))] as const)
  return { byThreads: Object.fromEntries(byThreads), speedup: median(ratios[1] ?? []) }
}

interface Load {
  /** The larger of monitor and probe. */
  readonly p99Ms: number
  readonly peakMb: number
}

async function measureLoad(recipe: Recipe | undefined): Promise<Load> {
  const engine = createWasmEngine()
  const monitor = monitorEventLoopDelay({ resolution: 1 })
  const lateMs: number[] = []
  let peakBytes = 0
  let dueMs = performance.now() + PROBE_MS
  const probe = setInterval(() => {
    const nowMs = performance.now()
    lateMs.push(Math.max(0, nowMs - dueMs))
    dueMs = nowMs + PROBE_MS
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
  }, PROBE_MS)
  try {
    monitor.enable()
    if (recipe === undefined) await sleep(LOADED_MS / 3)
    else await countFits(engine, problemsUntil(recipe, performance.now() + LOADED_MS))
    monitor.disable()
  } finally {
    clearInterval(probe)
    await engine.close()
  }
  const p99Ms = Math.max(monitor.percentile(99) / 1e6, quantile(lateMs, 0.99))
  const peakMb = peakBytes / 2 ** 20
  const probed = [0.5, 0.99, 1].map((share) => quantile(lateMs, share).toFixed(2))
  const monitored = [50, 99].map((percent) => (monitor.percentile(percent) / 1e6).toFixed(2))
  const name = recipe === undefined ? 'idle, for comparison' : recipe.name
  columns(name, ...monitored, (monitor.max / 1e6).toFixed(2), ...probed, peakMb.toFixed(0))
  return { p99Ms, peakMb }
}

async function measureAborts(): Promise<number> {
  const bars = simulateBars(windowBars(LARGEST_RECIPE))
  const { problems } = buildFitProblems({ key: 'largest', bars, recipe: LARGEST_RECIPE, seed: 1 })
  const engine = createWasmEngine()
  const tookMs: number[] = []
  try {
    for (let i = 0; i < ABORTS; i++) {
      const abort = new AbortController()
      let abortedMs = NaN
      const reading = (async () => {
        for await (const result of engine.fit([...problems, ...problems], { signal: abort.signal })) {
          throw new Error(`${result.key} was done before it was stopped`)
        }
      })()
      setTimeout(
        () => {
          abortedMs = performance.now()
          abort.abort()
        },
        300 + 37 * i,
      )
      await reading.catch((error: unknown) => {
        if (!abort.signal.aborted) throw error
      })
      tookMs.push(performance.now() - abortedMs)
    }
  } finally {
    await engine.close()
  }
  columns('abort of the largest', ...[median(tookMs), Math.max(...tookMs)].map((ms) => ms.toFixed(2)))
  return Math.max(...tookMs)
}

export async function main(): Promise<void> {
  line(`${availableParallelism()} cores, ${ROUNDS} rounds of ${ROUND_MS} ms`)
  const speed = await measureSpeed(SEED_RECIPE)
  await measureSpeed(RETURNS_RECIPE)
  line('event loop in ms: the monitor (its own 1 ms included), the interval (how late), resident MB')
  columns('', 'p50', 'p99', 'max', 'p50', 'p99', 'max', 'peak MB')
  await measureLoad(undefined)
  const loads = [await measureLoad(SEED_RECIPE), await measureLoad(RETURNS_RECIPE)]
  columns('', 'median ms', 'worst ms')
  const abortMs = await measureAborts()
  const result = {
    speedup: Number(speed.speedup.toFixed(3)),
    fitsPerSecondByThreads: speed.byThreads,
    eventLoopP99Ms: Number(Math.max(...loads.map(({ p99Ms }) => p99Ms)).toFixed(2)),
    abortMs: Number(abortMs.toFixed(2)),
    peakMb: Math.round(Math.max(...loads.map(({ peakMb }) => peakMb))),
  }
  line(JSON.stringify(result))
}
