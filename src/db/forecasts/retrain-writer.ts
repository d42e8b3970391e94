/** Writing what a retrain came to: version, predictions, forecast and run appear together or not at all. */
import type { Run } from '../../domain/models/run.js'
import type { ForecastOutcome, VersionOutcome } from './forecast-writer.js'
import { keepForecast, keepVersion } from './forecast-writer.js'
import type { PrismaClient } from '../generated/client.js'
import { finishRun } from '../models/run-writer.js'
import type { Claimed, RunEngine } from '../models/run-writer.js'
import { TRANSACTION_LIMITS, lockSymbol } from '../symbol-lock.js'

export interface RetrainOutcome {
  readonly fit: VersionOutcome
  readonly served: ForecastOutcome
}

export interface RetrainWriter {
  /**
   * An identical version, or the forecast already issued for the session, is kept and named by the run.
   * @throws ClaimLostError where another worker has taken the run over
   * @throws LedgerMovedError where the forecast rests on a ledger that has grown since
   */
  recordSuccess(claimed: Claimed, engine: RunEngine, outcome: RetrainOutcome): Promise<Run>
}

export function createRetrainWriter(prisma: PrismaClient): RetrainWriter {
  return {
    recordSuccess: (claimed, engine, { fit, served }) =>
      prisma.$transaction(async (tx) => {
        const { symbolId } = claimed.run
        const symbol = await lockSymbol(tx, symbolId)
        const moment = served.moment()
        const version = await keepVersion(tx, symbol, fit, moment.now)
        const versions = new Map([[fit.recipe.name, version]])
        const forecast = await keepForecast(tx, symbolId, served, versions, moment)
        return finishRun(tx, claimed, moment.now, {
          ...engine,
          status: 'SUCCEEDED',
          modelVersionId: version.id,
          versionCreated: version.created,
          forecastId: forecast.id,
          forecastCreated: forecast.created,
        })
      }, TRANSACTION_LIMITS),
  }
}
