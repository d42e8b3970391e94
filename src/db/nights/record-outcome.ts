/** Stores the outcome of a night for one symbol: versions, predictions, ledger entry, forecast and outcomes, or nothing. */
import type { NightKey } from '../../domain/nights/night-record.js'
import { KospigraphError } from '../../errors.js'
import { toDbDate } from '../postgres/dates.js'
import { keepForecast, keepVersion } from '../forecasts/forecast-writer.js'
import type { ForecastOutcome, Kept, VersionOutcome } from '../forecasts/forecast-writer.js'
import type { Prisma } from '../generated/client.js'
import { requireOpenNight } from './night-cancellation.js'
import { lockSymbol } from '../symbol-lock.js'

export interface NightFailure {
  readonly status: 'FAILED' | 'STALE'
  readonly code: string
  readonly message: string
}

/** The result of a night for one symbol: its fits, failures and forecast. */
export interface SymbolOutcome {
  readonly fits: readonly { readonly recipeName: string; readonly outcome: VersionOutcome }[]
  readonly failures: readonly { readonly recipeName: string; readonly failure: NightFailure }[]
  readonly served: ForecastOutcome
}

/** A fit that must not be stored; the caller records it as a failure. */
export class FitRefusedError extends Error {
  override readonly name = 'FitRefusedError'

  constructor(
    readonly recipeName: string,
    readonly refusal: KospigraphError,
  ) {
    super(refusal.message)
  }
}

/**
 * Stores the missing outcomes of a symbol under its lock. Once the target session has opened, no forecast is issued and
 * every fit counts as a failure.
 * @throws ClaimLostError where the night has ended
 * @throws LedgerMovedError where the ledger has grown since the decision
 * @throws FitRefusedError where one of the versions must not be stored
 */
export async function recordOutcome(
  tx: Prisma.TransactionClient,
  night: NightKey,
  symbolId: number,
  { fits, failures, served }: SymbolOutcome,
): Promise<void> {
  await requireOpenNight(tx, night)
  const symbol = await lockSymbol(tx, symbolId)
  const { simulated } = night
  const date = toDbDate(night.session)
  const before = await tx.nightOutcome.findMany({ where: { date, symbolId } })
  const isOpen = (recipeName: string): boolean => !before.some((outcome) => outcome.recipeName === recipeName)
  const moment = served.moment()
  const outcomes: Prisma.NightOutcomeCreateManyInput[] = []
  const add = (
    recipeName: string,
    outcome: Omit<
      Prisma.NightOutcomeCreateManyInput,
      'date' | 'simulated' | 'symbolId' | 'recipeName' | 'at'
    >,
  ): void => {
    if (isOpen(recipeName))
      outcomes.push({ date, simulated, symbolId, recipeName, ...outcome, at: moment.now })
  }
  const versions = new Map<string, Kept>()
  let forecast: Kept | undefined
  if (moment.origin === 'ISSUED' && [...fits, ...failures].some(({ recipeName }) => isOpen(recipeName))) {
    for (const { recipeName, outcome } of fits) {
      if (!isOpen(recipeName)) continue
      try {
        versions.set(recipeName, await keepVersion(tx, symbol, outcome, moment.now))
      } catch (error) {
        throw error instanceof KospigraphError ? new FitRefusedError(recipeName, error) : error
      }
    }
    forecast = await keepForecast(tx, symbolId, served, versions, moment)
  }
  const isOwn = before.some(({ forecastId, status }) => forecastId === forecast?.id && status === 'SUCCEEDED')
  for (const { recipeName } of fits) {
    const version = versions.get(recipeName)
    add(
      recipeName,
      version && forecast
        ? {
            status: forecast.created || isOwn ? 'SUCCEEDED' : 'ALREADY_ISSUED',
            modelVersionId: version.id,
            forecastId: forecast.id,
          }
        : opened(served),
    )
  }
  for (const { recipeName, failure } of failures) {
    const { status, code, message } = failure
    add(recipeName, { status, errorCode: code, errorMessage: message, forecastId: forecast?.id ?? null })
  }
  await tx.nightOutcome.createMany({ data: outcomes, skipDuplicates: true })
}

function opened({ forecast: { targetSession } }: ForecastOutcome) {
  return {
    status: 'FAILED',
    errorCode: 'TARGET_OPENED',
    errorMessage: `${targetSession} had opened before its forecast was ready, so none was issued`,
  } as const
}
