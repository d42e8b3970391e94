/** A backtest and its certificate as `--json` writes them. */
import type { Backtest, LeakCertificate } from '../../domain/backtests/backtest.js'

export function backtestJson(symbol: string, backtest: Backtest) {
  const { recipe, ...settings } = backtest.settings
  return {
    id: backtest.id,
    symbol,
    status: backtest.status,
    recipe: recipe.name,
    settings,
    fromSession: backtest.fromSession,
    toSession: backtest.toSession,
    sessions: backtest.sessions,
    doneSessions: backtest.doneSessions,
    asOf: backtest.asOf,
    dataVersion: backtest.dataVersion,
    leaky: backtest.leaky,
    optimistic: backtest.optimistic,
    breaks: backtest.breaks,
    engineVersion: backtest.engineVersion,
    device: backtest.device,
    errorCode: backtest.errorCode,
    errorMessage: backtest.errorMessage,
    requestedAt: backtest.requestedAt,
    startedAt: backtest.startedAt,
    finishedAt: backtest.finishedAt,
  }
}

export function certificateJson(certificate: LeakCertificate) {
  const { id, session, passed, corruptedBars, comparedRows, firstDifference, differingField } = certificate
  return { id, session, passed, corruptedBars, comparedRows, firstDifference, differingField }
}
