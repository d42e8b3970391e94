/** A forecast as `--json` writes it. */
import type { Forecast, Prediction } from '../../domain/forecasts/forecast.js'
import { servedClose, servedInterval } from '../../domain/forecasts/served-prices.js'

export function forecastJson(symbol: string, forecast: Forecast) {
  return {
    symbol,
    id: forecast.id,
    targetSession: forecast.targetSession,
    basedOnSession: forecast.basedOnSession,
    origin: forecast.origin,
    predictedClose: servedClose(forecast, forecast.predictedClose),
    predictedCloseExact: forecast.predictedClose,
    persistenceClose: forecast.persistenceClose,
    interval80: servedInterval(forecast, forecast.lower80, forecast.upper80),
    interval95: servedInterval(forecast, forecast.lower95, forecast.upper95),
    warmingUp: forecast.warmingUp,
    servedBy: forecast.servedBy,
    contender: forecast.contender,
    servedReason: forecast.servedReason,
    modelVersionId: forecast.modelVersionId,
    closeBasis: forecast.closeBasis,
    actualClose: forecast.actualClose,
    unscored: forecast.unscored,
    createdAt: forecast.createdAt,
  }
}

/** @param forecast the one that the prediction belongs to */
export function candidateJson(
  { contender, modelVersionId, predictedClose, saturated }: Prediction,
  forecast: Forecast,
) {
  return {
    contender,
    modelVersionId,
    predictedClose: servedClose(forecast, predictedClose),
    predictedCloseExact: predictedClose,
    saturated,
  }
}
