/**
 * Stores model versions, forecasts and predictions in the caller's transaction, under the symbol's lock. Without the lock,
 * two retrains of one symbol could take the same version number or both issue a forecast; the constraints would refuse
 * the second one, but waiting avoids that error.
 */
import { basisOfSymbol, isOfAfterMarket } from '../../domain/bars/price-basis.js'
import type { TradingHoursBasis } from '../../domain/bars/price-basis.js'
import type { Drift } from '../../domain/forecasts/drift.js'
import type { ForecastTold } from '../../domain/queue/event.js'
import type { Forecast, ForecastOrigin, NewForecast, NewPrediction } from '../../domain/forecasts/forecast.js'
import { PERSISTENCE } from '../../domain/models/recipe.js'
import type { NewModelVersion, VersionKey } from '../../domain/models/model-version.js'
import type { NewPromotion } from '../../domain/forecasts/promotion.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import { KospigraphError } from '../../errors.js'
import { COMPARED } from '../bars/actual-close.js'
import { toDbDate } from '../postgres/dates.js'
import { APPEND_EVENTS, eventsJson } from '../queue/events.js'
import { toForecast } from './forecasts.js'
import { Prisma } from '../generated/client.js'
import { keepPromotion } from './promotions.js'
import type { LockedSymbol } from '../symbol-lock.js'

/** A model version that this transaction stores (`fitted`), or one that is stored already. */
export type ServedVersion =
  { readonly kind: 'fitted'; readonly recipeName: string } | { readonly kind: 'stored'; readonly id: string }

export interface ContenderPrediction extends Omit<NewPrediction, 'modelVersionId'> {
  /** Null for persistence. */
  readonly version: ServedVersion | null
  /** Set where the prediction is a point of the recipe's walk-forward, else null. */
  readonly recipeHash: string | null
  readonly refitEvery: number | null
}

export interface ForecastOutcome {
  /** The forecast without the fields that are known only in the transaction. */
  readonly forecast: Omit<NewForecast, 'origin' | 'modelVersionId'>
  /** Null where persistence serves. */
  readonly servedVersion: ServedVersion | null
  readonly predictions: readonly ContenderPrediction[]
  /** Stored with the forecast; if the session has an issued forecast already, it takes effect one session later. */
  readonly promotion: NewPromotion | null
  /** The session after the target. */
  readonly followingSession: Session
  /** Number of ledger entries when the decision was made. */
  readonly basis: number
  /** Called once the symbol is locked: the target session may open while the transaction waits for the lock. */
  readonly moment: () => Moment
}

export interface Moment {
  readonly now: Date
  readonly origin: ForecastOrigin
}

export interface VersionOutcome {
  readonly recipe: Recipe
  readonly version: NewModelVersion
}

export interface Kept {
  readonly id: string
  readonly created: boolean
}

type Transaction = Prisma.TransactionClient

/** Copies a value through JSON: Prisma's JSON type accepts no read-only arrays. */
function plainJson(
  value: Recipe | Drift | NewModelVersion['scaler'] | NewModelVersion['metrics'],
): Prisma.InputJsonObject {
  return JSON.parse(JSON.stringify(value)) as Prisma.InputJsonObject
}

/**
 * Stores a model version, or returns the stored one with the same key.
 * @throws KospigraphError NOT_REPRODUCIBLE where the stored one has other content and both are from `wasm`
 */
export async function keepVersion(
  tx: Transaction,
  symbol: LockedSymbol,
  { recipe, version }: VersionOutcome,
  now: Date,
): Promise<Kept> {
  const { id: symbolId } = symbol
  const { recipeHash, fingerprint, seed, engineVersion }: VersionKey = version
  const existing = await tx.modelVersion.findFirst({
    where: { symbolId, recipeHash, fingerprint, seed, engineVersion },
    select: { id: true, number: true, contentHash: true },
  })
  if (existing) {
    // Only `wasm` guarantees equal bytes; for other engines the first result stays.
    if (existing.contentHash === version.contentHash || version.engine !== 'wasm') {
      return { id: existing.id, created: false }
    }
    throw new KospigraphError(
      'NOT_REPRODUCIBLE',
      `the same bars, recipe, seed and engine version ${engineVersion} gave other numbers than version ` +
        `${existing.number} (content ${version.contentHash} instead of ${existing.contentHash}); ` +
        'the stored version is kept; check the machine that ran this fit',
    )
  }

  // Not an upsert: several transactions may insert the same recipe at once, and all but one must skip it.
  await tx.recipe.createMany({
    data: [{ hash: recipeHash, name: recipe.name, config: plainJson(recipe), createdAt: now }],
    skipDuplicates: true,
  })
  const newest = await tx.modelVersion.aggregate({
    where: { symbolId, recipeName: version.recipeName },
    _max: { number: true },
  })
  const { members, scaler, metrics, windowFirst, windowLast, night, ...rest } = version
  const { id } = await tx.modelVersion.create({
    data: {
      ...rest,
      symbolId,
      number: (newest._max.number ?? 0) + 1,
      windowFirst: toDbDate(windowFirst),
      windowLast: toDbDate(windowLast),
      night: night && toDbDate(night),
      adjustedVersion: await adjustedSince(tx, symbol, version),
      scaler: plainJson(scaler),
      metrics: plainJson(metrics),
      createdAt: now,
    },
    select: { id: true },
  })
  for (const { ordinal, seed: memberSeed, weights, losses } of members) {
    // Prisma rounds the elements of a float list to 16 digits, but the stored values must match the content hash. Raw SQL
    // passes them through the driver unchanged.
    await tx.$executeRaw`
      INSERT INTO model_member (model_version_id, ordinal, seed, weights, losses)
      VALUES (${id}::uuid, ${ordinal}, ${memberSeed}, ${new Uint8Array(weights)}, ${losses}::float8[])`
  }
  return { id, created: true }
}

/**
 * @returns the first data version after the fit read the training window that back-adjusted it, or in which an action after
 * its first bar took or lost effect; null where none did
 */
async function adjustedSince(
  tx: Transaction,
  symbol: LockedSymbol,
  { dataVersion, windowFirst, windowLast }: NewModelVersion,
): Promise<number | null> {
  if (symbol.dataVersion <= dataVersion) return null
  const { _min } = await tx.barRevision.aggregate({
    where: {
      symbolId: symbol.id,
      session: { gte: toDbDate(windowFirst), lte: toDbDate(windowLast) },
      reason: 'ADJUSTED',
      replacedVersion: { gt: dataVersion },
    },
    _min: { replacedVersion: true },
  })
  const actions = await tx.corporateAction.findMany({
    where: {
      symbolId: symbol.id,
      applied: true,
      session: { gt: toDbDate(windowFirst) },
      OR: [{ dataVersion: { gt: dataVersion } }, { endedVersion: { gt: dataVersion } }],
    },
    select: { dataVersion: true, endedVersion: true },
  })
  const versions = actions
    .flatMap((action) => [action.dataVersion, action.endedVersion ?? 0])
    .filter((version) => version > dataVersion)
  const all = _min.replacedVersion === null ? versions : [...versions, _min.replacedVersion]
  return all.length === 0 ? null : Math.min(...all)
}

/**
 * Stores a forecast with its predictions and decision and publishes it, or keeps the one that is stored already.
 * @param versions the versions fitted for it, by recipe
 * @throws LedgerMovedError where it would be issued, but the ledger has grown since the decision
 */
export async function keepForecast(
  tx: Transaction,
  symbolId: number,
  { forecast, servedVersion, predictions, promotion, followingSession, basis }: ForecastOutcome,
  versions: ReadonlyMap<string, Kept>,
  { now, origin }: Moment,
): Promise<Kept> {
  const idOf = (version: ServedVersion | null): string | null =>
    version === null
      ? null
      : version.kind === 'stored'
        ? version.id
        : (versions.get(version.recipeName)?.id ?? null)
  const [fitted] = versions.values()
  const modelVersionId = idOf(servedVersion) ?? fitted?.id ?? null
  const targetSession = toDbDate(forecast.targetSession)
  const basedOnSession = toDbDate(forecast.basedOnSession)
  const existing = await standingForecast(tx, symbolId, targetSession, modelVersionId, origin)
  if (!existing && origin === 'ISSUED') await keepPromotion(tx, symbolId, basis, promotion, now)
  else if (promotion && origin === 'ISSUED') {
    const later = { ...promotion, effectiveFrom: followingSession }
    await keepPromotion(tx, symbolId, basis, later, now)
  }
  const id =
    existing?.id ??
    (
      await tx.forecast.create({
        data: {
          ...forecast,
          targetSession,
          basedOnSession,
          symbolId,
          origin,
          modelVersionId,
          createdAt: now,
          closeBasis: await closeBasisFor(tx, symbolId, forecast.targetSession),
          drift: forecast.drift ? plainJson(forecast.drift) : Prisma.DbNull,
        },
        select: { id: true },
      })
    ).id
  const made: Prisma.PredictionCreateManyInput[] = []
  for (const { version, ...prediction } of predictions) {
    const byModel = prediction.contender !== PERSISTENCE
    // Persistence does not depend on a fit; its prediction is stored once, with the first forecast.
    if (existing && !byModel) continue
    const isNew = version?.kind === 'fitted' && versions.get(version.recipeName)?.created === true
    const known =
      byModel &&
      !isNew &&
      (await tx.prediction.findFirst({
        where: { modelVersionId: idOf(version), targetSession },
        select: { id: true, forecastId: true, refitEvery: true },
      }))
    if (known) {
      // The version's prediction is stored: attach it to this forecast, or mark it as a walk-forward point, where needed.
      const { recipeHash, refitEvery } = prediction
      const weighed = !existing && known.forecastId === null
      const walked = known.refitEvery === null && refitEvery !== null
      const data = { ...(weighed && { forecastId: id }), ...(walked && { recipeHash, refitEvery }) }
      if (weighed || walked) await tx.prediction.update({ where: { id: known.id }, data })
      continue
    }
    made.push({
      ...prediction,
      symbolId,
      targetSession,
      basedOnSession,
      modelVersionId: idOf(version),
      dataVersion: forecast.dataVersion,
      createdAt: now,
      forecastId: existing ? null : id,
    })
  }
  if (made.length > 0) await tx.prediction.createMany({ data: made })
  if (!existing) await settleForecast(tx, symbolId, id, { now, origin })
  return { id, created: !existing }
}

/** The hours that the close of a session will cover, as the symbol's bars have it now. */
async function closeBasisFor(tx: Transaction, id: number, session: Session): Promise<TradingHoursBasis> {
  const symbol = await tx.symbol.findUniqueOrThrow({
    where: { id },
    select: { kind: true, closeBasis: true, volumeBasis: true },
  })
  return isOfAfterMarket(session, symbol.kind) ? basisOfSymbol(symbol).closeBasis : 'REGULAR'
}

async function settleForecast(
  tx: Transaction,
  symbolId: number,
  forecastId: string,
  { now, origin }: Moment,
): Promise<void> {
  // A replay's session may have its bar already, and no event announces a replay.
  if (origin === 'REPLAY') {
    await tx.$executeRawUnsafe(
      `UPDATE forecast SET ${COMPARED('$2')} FROM bar
       WHERE forecast.id = $1::uuid AND bar.symbol_id = forecast.symbol_id AND bar.session = target_session`,
      forecastId,
      now,
    )
    return
  }
  const payload: ForecastTold = { forecastId }
  const subject = String(symbolId)
  await tx.$queryRawUnsafe(APPEND_EVENTS, eventsJson([{ topic: 'forecast', subject, payload, at: now }]))
}

/** @returns the stored forecast that takes precedence: one issued for the session, or one of the same version */
async function standingForecast(
  tx: Transaction,
  symbolId: number,
  targetSession: Date,
  modelVersionId: string | null,
  origin: ForecastOrigin,
): Promise<Forecast | undefined> {
  const row = await tx.forecast.findFirst({
    where: {
      symbolId,
      targetSession,
      OR: [
        ...(modelVersionId === null ? [] : [{ modelVersionId }]),
        ...(origin === 'ISSUED' ? [{ origin }] : []),
      ],
    },
    orderBy: { origin: 'asc' },
  })
  return row ? toForecast(row) : undefined
}
