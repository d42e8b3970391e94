/** The forecast of an object that keeps its id: one query for all objects of an answer. */
import { required } from '../context.js'
import type { Context } from '../context.js'
import { toForecastType } from './forecast.type.js'
import type { ForecastType } from './forecast.type.js'

/** Null for null. */
export async function forecastOf(id: string | null, { loaders }: Context): Promise<ForecastType | null> {
  return id === null ? null : toForecastType(required(await loaders.forecast.load(id), 'forecast'))
}
