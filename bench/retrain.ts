/**
 * Times one retrain end to end: reading and scaling bars, fitting, and storing version, predictions, forecast and
 * run. Every retrain has another seed, so that none finds its version already stored.
 */
import { withOwnPlatform } from './support/database.js'

const RETRAINS = 60
/** Excluded from the figures, because compilers and caches are cold. */
const WARM_UP = 10

export async function main(): Promise<void> {
  await withOwnPlatform(async (platform) => {
    const { services, database } = platform
    await platform.work({ tasks: ['retrain'], slots: 1 })
    const { symbols } = await services.loadSampleMarket()
    const totals: number[] = []
    const fits: number[] = []
    for (let seed = 1; seed <= WARM_UP + RETRAINS; seed += 1) {
      const symbol = symbols[seed % symbols.length] ?? ''
      const started = performance.now()
      const run = await services.runs.retrain({ symbol, recipe: 'seed', seed, origin: 'MANUAL' })
      const totalMs = performance.now() - started
      const [version] = await services.models.modelVersionsById([run.modelVersionId ?? ''])
      if (!version || !run.versionCreated)
        throw new Error(`${symbol}: ${run.errorMessage ?? 'no new version'}`)
      if (seed <= WARM_UP) continue
      totals.push(totalMs)
      fits.push(version.durationMs)
    }
    const retrainMs = median(totals)
    const fitMs = median(fits)
    console.log(`${RETRAINS} retrains of the seed recipe on ${database}`)
    console.log('                     median ms')
    console.log(`whole retrain        ${retrainMs.toFixed(1).padStart(9)}`)
    console.log(`the fit in it        ${fitMs.toFixed(1).padStart(9)}`)
    console.log(JSON.stringify({ retrains: RETRAINS, retrainMs: round(retrainMs), fitMs: round(fitMs) }))
  })
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
