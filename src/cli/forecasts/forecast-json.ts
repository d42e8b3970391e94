/** A forecast as `--json` writes it. */
import type { Forecast, Prediction } from '../../domain/forecasts/forecast.js'

export function forecastJson(symbol: string, forecast: Forecast) {
  return {
    symbol,
    id: forecast.id,
    targetSession: forecast.targetSession,
    basedOnSession: forecast.basedOnSession,
    origin: forecast.origin,
    predictedClose: forecast.predictedClose,
    persistenceClose: forecast.persistenceClose,
    interval80: intervalJson(forecast.lower80, forecast.upper80),
    interval95: intervalJson(forecast.lower95, forecast.upper95),
    warmingUp: forecast.warmingUp,
    servedBy: forecast.servedBy,
    contender: forecast.contender,
    servedReason: forecast.servedReason,
    modelVersionId: forecast.modelVersionId,
    actualClose: forecast.actualClose,
    createdAt: forecast.createdAt,
  }
}

export function candidateJson({ contender, modelVersionId, predictedClose, saturated }: Prediction) {
  return { contender, modelVersionId, predictedClose, saturated }
}

function intervalJson(lower: number | null, upper: number | null) {
  return lower === null || upper === null ? null : { lower, upper }
}
