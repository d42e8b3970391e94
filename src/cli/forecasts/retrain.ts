/** `kospigraph retrain`: makes one fit, shows its loss on the way, and prints the version and the forecast. */
import type { Session } from '../../domain/calendar/session.js'
import type { Run, RunProgress } from '../../domain/models/run.js'
import type { MarketData } from '../../services/bars/market-data.js'
import type { Forecasts } from '../../services/forecasts/forecasts.js'
import type { ModelVersions } from '../../services/models/model-versions.js'
import type { Runs } from '../../services/models/runs.js'
import { versionJson } from '../models/version-json.js'
import { table } from '../terminal/layout.js'
import { counted, price } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'
import { candidateJson, forecastJson } from './forecast-json.js'
import { forecastLines } from './forecast-lines.js'

export interface RetrainOptions {
  readonly symbol: string
  readonly recipe: string
  readonly seed: number
  readonly asOfSession: Session | undefined
  readonly signal: AbortSignal
}

export interface RetrainServices {
  readonly runs: Pick<Runs, 'retrain'>
  readonly market: MarketData
  readonly models: ModelVersions
  readonly forecasts: Forecasts
}

/** @returns the exit code: 1 where the fit failed */
export async function runRetrain(
  services: RetrainServices,
  terminal: Terminal,
  options: RetrainOptions,
): Promise<0 | 1> {
  const { symbol, recipe, seed, asOfSession, signal } = options
  const { epochs: recipeEpochs = 1, members = 1 } =
    services.models.recipes().find(({ name }) => name === recipe) ?? {}
  const epochs = recipeEpochs * members
  const bar = await terminal.progress(`${symbol} ${recipe}`, epochs, 'epochs')
  let run: Run
  try {
    const onProgress = ({ epoch, loss }: RunProgress): void =>
      bar.update(epoch, loss === null ? '' : `loss ${loss.toPrecision(3)}`)
    run = await services.runs.retrain(
      { symbol, recipe, seed, asOfSession, origin: 'MANUAL' },
      { signal, onProgress },
    )
    // The last epochs of a quick fit are done before their progress arrives.
    if (run.modelVersionId !== null) bar.finish()
  } finally {
    bar.stop()
  }
  if (run.modelVersionId === null || run.forecastId === null) {
    terminal.fail(run.errorCode ?? 'FAILED', run.errorMessage ?? 'no reason was recorded')
    terminal.note(`No version was stored. The failure is kept as run ${run.id}.`)
    return 1
  }

  const [[version], [forecast], stored] = await Promise.all([
    services.models.modelVersionsById([run.modelVersionId]),
    services.forecasts.forecastsById([run.forecastId]),
    services.market.symbol(symbol),
  ])
  const [own] = await services.forecasts.predictionsOfRuns([
    { modelVersionId: run.modelVersionId, forecastId: run.forecastId },
  ])
  const weighed = (await services.forecasts.candidates([run.forecastId])).get(run.forecastId) ?? []
  if (!version || !forecast || !stored || !own)
    throw new Error(`run ${run.id} names rows that are not stored`)
  const networks = version.members.length === 1 ? '' : `, ${version.members.length} networks averaged`
  const firstLoss =
    version.members.reduce((sum, { losses }) => sum + (losses[0] ?? Number.NaN), 0) / version.members.length
  const known = run.versionCreated ? '' : ' (the same fit was stored before)'
  terminal.print(`${symbol} ${version.recipeName} version ${version.number}${known}`)
  const won = (value: number): string => price(value, stored.decimals)
  const facts = [
    [
      'window',
      `${version.windowFirst} to ${version.windowLast}, ${counted(version.barCount, 'bar')}, ${counted(version.sampleCount, 'sample')}`,
    ],
    [
      'loss',
      `${firstLoss.toPrecision(3)} → ${version.metrics.finalLoss.toPrecision(3)} in ${counted(recipeEpochs, 'epoch')}${networks}`,
    ],
    ['in sample', `RMSE ${won(version.metrics.rmse)}, persistence ${won(version.metrics.persistenceRmse)}`],
    [
      'engine',
      `${version.engineVersion} on ${version.device}, ${version.durationMs.toFixed(0)} ms, seed ${version.seed}`,
    ],
    ['content', version.contentHash],
    ['id', version.id],
  ]
  terminal.print(table(facts, { width: terminal.columns, indent: '  ' }))

  // A forecast that was issued before used another version; the prediction of this one is shown all the same.
  const candidates = forecast.modelVersionId === version.id ? weighed : [...weighed, own]
  const stands = run.forecastCreated ? '' : ' (issued before this run)'
  terminal.print(`Forecast for ${forecast.targetSession}, ${forecast.origin}${stands}`)
  terminal.print(
    forecastLines({
      forecast,
      candidates,
      decimals: stored.decimals,
      nameOf: ({ contender, modelVersionId }) =>
        candidates.length > 2 && modelVersionId === version.id
          ? `${contender} version ${version.number}`
          : contender,
      width: terminal.columns,
    }),
  )
  terminal.result({
    runId: run.id,
    versionCreated: run.versionCreated,
    forecastCreated: run.forecastCreated,
    version: versionJson(version),
    forecast: forecastJson(symbol, forecast),
    candidates: candidates.map((candidate) => candidateJson(candidate, forecast)),
  })
  return 0
}
