/** Stores a successful retrain: model version, predictions, forecast and run in one transaction. */
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
   * Ends the run as succeeded. An identical stored version, or a forecast already issued for the session, is kept, and
   * the run refers to it.
   * @throws ClaimLostError where another worker has claimed the run
   * @throws LedgerMovedError where the ledger has grown since the decision
   * @throws KospigraphError NOT_REPRODUCIBLE where the stored version has other content
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
