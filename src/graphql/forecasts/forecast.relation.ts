/** Resolves the forecast of an object by its stored id, with one query for all objects of a response. */
import { required } from '../context.js'
import type { Context } from '../context.js'
import { toForecastType } from './forecast.type.js'
import type { ForecastType } from './forecast.type.js'

/** Returns null for a null id. */
export async function forecastOf(id: string | null, { loaders }: Context): Promise<ForecastType | null> {
  return id === null ? null : toForecastType(required(await loaders.forecast.load(id), 'forecast'))
}
