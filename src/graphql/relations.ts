/** What belongs to an object by an id that it keeps: one query for all objects of an answer. */
import { required } from './context.js'
import type { Context } from './context.js'
import { toForecastType } from './forecasts/forecast.type.js'
import type { ForecastType } from './forecasts/forecast.type.js'
import { toModelVersionType } from './models/model-version.type.js'
import type { ModelVersionType } from './models/model-version.type.js'
import { toSymbolType } from './bars/symbol.type.js'
import type { SymbolType } from './bars/symbol.type.js'

export async function symbolOf(id: number, { loaders }: Context): Promise<SymbolType> {
  return toSymbolType(required(await loaders.symbol.load(id), 'symbol'))
}

/** Null for null. */
export async function modelVersionOf(
  id: string | null,
  { loaders }: Context,
): Promise<ModelVersionType | null> {
  return id === null
    ? null
    : toModelVersionType(required(await loaders.modelVersion.load(id), 'model version'))
}

/** Null for null. */
export async function forecastOf(id: string | null, { loaders }: Context): Promise<ForecastType | null> {
  return id === null ? null : toForecastType(required(await loaders.forecast.load(id), 'forecast'))
}
