/** `kospigraph retrain`: one fit with its loss on the way, ending in the version and the forecast. */
import type { Session } from '../../domain/calendar/session.js'
import type { MarketData } from '../../services/bars/market-data.js'
import type { Forecasts } from '../../services/forecasts/forecasts.js'
import type { ModelVersions } from '../../services/models/model-versions.js'
import type { Runs } from '../../services/models/runs.js'
import { count, price, table } from '../terminal/terminal.js'
import type { Terminal } from '../terminal/terminal.js'

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

/** @returns the exit code: 1 where the fit could not be made */
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
  const run = await services.runs
    .retrain(
      { symbol, recipe, seed, asOfSession, origin: 'MANUAL' },
      {
        signal,
        onProgress: ({ epoch, loss }) =>
          bar.update(epoch, loss === null ? '' : `loss ${loss.toPrecision(3)}`),
      },
    )
    .finally(() => bar.stop())
  if (run.modelVersionId === null || run.forecastId === null) {
    terminal.note(`${run.errorCode ?? 'FAILED'}: ${run.errorMessage ?? 'no reason was recorded'}`)
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
  if (!version || !forecast || !stored || !own) throw new Error(`run ${run.id} names what is not stored`)
  const networks = version.members.length === 1 ? '' : `, ${version.members.length} networks averaged`
  const firstLoss =
    version.members.reduce((sum, { losses }) => sum + (losses[0] ?? Number.NaN), 0) / version.members.length
  const known = run.versionCreated ? '' : ' (the same fit was stored before)'
  terminal.print(`${symbol} ${version.recipeName} version ${version.number}${known}`)
  const won = (value: number): string => price(value, stored.decimals)
  const facts = [
    [
      'window',
      `${version.windowFirst} to ${version.windowLast}, ${count(version.barCount)} bars, ${count(version.sampleCount)} samples`,
    ],
    [
      'loss',
      `${firstLoss.toPrecision(3)} → ${version.metrics.finalLoss.toPrecision(3)} in ${recipeEpochs} epochs${networks}`,
    ],
    ['in sample', `RMSE ${won(version.metrics.rmse)}, persistence ${won(version.metrics.persistenceRmse)}`],
    [
      'engine',
      `${version.engineVersion} on ${version.device}, ${version.durationMs.toFixed(0)} ms, seed ${version.seed}`,
    ],
    ['content', version.contentHash],
    ['id', version.id],
  ]
  // A forecast that stood before weighed another version; this one's figure is shown all the same.
  const candidates = forecast.modelVersionId === version.id ? weighed : [...weighed, own]
  for (const line of table(facts.map(([name = '', fact = '']) => [`  ${name}`, fact]))) terminal.print(line)

  const stands = run.forecastCreated ? '' : ' (it stood before this run)'
  terminal.print(`Forecast for ${forecast.targetSession}, ${forecast.origin}${stands}`)
  const lines = [
    ['  served', won(forecast.predictedClose), `by ${forecast.servedBy}: ${forecast.servedReason}`],
    ...candidates.map(({ contender, modelVersionId, predictedClose, saturated }) => [
      `  ${contender}${candidates.length > 2 && modelVersionId === version.id ? ` version ${version.number}` : ''}`,
      won(predictedClose),
      saturated ? 'saturated: at the edge of what its scaler can express' : '',
    ]),
  ]
  for (const line of table(lines)) terminal.print(line)
  const { lower80, upper80, lower95, upper95 } = forecast
  if (lower80 !== null && upper80 !== null && lower95 !== null && upper95 !== null) {
    terminal.print(
      `  80 % of closes lie between ${won(lower80)} and ${won(upper80)}, 95 % between ${won(lower95)} and ${won(upper95)}`,
    )
  }
  return 0
}
