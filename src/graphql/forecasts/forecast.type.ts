/** The GraphQL types of forecasts: the served close, the predictions of all contenders, and the outcome. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { isId } from '../../domain/id.js'
import { FORECAST_ORIGINS, SERVED_BY, UNSCORED_REASONS, realised } from '../../domain/forecasts/forecast.js'
import type {
  Forecast,
  ForecastOrigin as OriginName,
  Prediction,
  ServedBy as ServedByName,
  UnscoredReason as UnscoredName,
} from '../../domain/forecasts/forecast.js'
import { priceStep } from '../../domain/bars/price-grid.js'
import { servedClose, servedInterval } from '../../domain/forecasts/served-prices.js'
import type { ServedGrid } from '../../domain/forecasts/served-prices.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { TradingHoursBasis as BasisName } from '../../domain/bars/price-basis.js'
import { TradingHoursBasis } from '../bars/price-basis.type.js'
import type { Session } from '../../domain/calendar/session.js'
import type { ForecastCursor } from '../../services/forecasts/forecasts.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { isInstant } from '../id.js'
import { DateTime, LocalDate } from '../scalars.js'

export const ForecastOrigin = enumOf(FORECAST_ORIGINS)
registerEnumType(ForecastOrigin, {
  name: 'ForecastOrigin',
  description: 'Time at which a forecast was made, relative to its target session.',
  valuesConfig: {
    ISSUED: {
      description:
        'Made before the target session opened. Each symbol and session has at most one, which is never replaced.',
    },
    REPLAY: {
      description:
        'Made after the target session opened, from earlier bars. It is not part of the track record.',
    },
  },
})

export const ServedBy = enumOf(SERVED_BY)
registerEnumType(ServedBy, {
  name: 'ServedBy',
  description: 'Kind of the serving contender.',
  valuesConfig: {
    PERSISTENCE: { description: 'Persistence serves: the forecast equals the last known close.' },
    MODEL: { description: 'A model version serves.' },
  },
})

export const UnscoredReason = enumOf(UNSCORED_REASONS)
registerEnumType(UnscoredReason, {
  name: 'UnscoredReason',
  description: 'Reason for not comparing a forecast with its bar.',
  valuesConfig: {
    BREAK: {
      description:
        'The series breaks before the bar, so its close is not the price that was forecast. A confirmed corporate action that explains the move mends it.',
    },
  },
})

@ObjectType({ description: 'Prediction of one contender for the target session.' })
export class Candidate {
  /** Used by the relation; not a field. */
  modelVersionId!: string | null

  @Field({ description: 'Name of the contender: a recipe, or `persistence`.' })
  contender!: string

  @Field(() => Float, {
    description:
      'Predicted close in the currency of the symbol, on the nearest step of `Forecast.priceStep`.',
  })
  predictedClose!: number

  @Field(() => Float, { description: 'Predicted close without rounding; scores and promotion use it.' })
  predictedCloseExact!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Output of the network in scaled units; null for persistence.',
  })
  scaledOutput!: number | null

  @Field({
    description:
      'Whether the prediction is saturated: the output or the last close lies at the edge of the range of the scaler.',
  })
  saturated!: boolean
}

@ObjectType({ description: 'Prediction interval of a close, in the currency of the symbol.' })
export class ForecastInterval {
  @Field(() => Float, { description: 'Lower bound, moved down to the next step of prices.' })
  lower!: number

  @Field(() => Float, { description: 'Upper bound, moved up to the next step of prices.' })
  upper!: number

  @Field(() => Float, { description: 'Lower bound without rounding; coverage uses it.' })
  lowerExact!: number

  @Field(() => Float, { description: 'Upper bound without rounding; coverage uses it.' })
  upperExact!: number
}

@ObjectType({
  description: 'Drift of one feature: its live values compared with its values in the training window.',
})
export class FeatureDrift {
  @Field({ description: 'Name of the feature.' })
  feature!: string

  @Field(() => Float, {
    description: 'Share of live values outside the range of the training window, from 0 to 1.',
  })
  rangeExceededShare!: number

  @Field(() => Float, {
    description:
      'Population stability index of the live values against the training window. 0 means equal distributions.',
  })
  psi!: number

  @Field(() => Float, { description: 'Threshold of `psi` above which there is a warning.' })
  psiBound!: number
}

@ObjectType({
  description: 'Drift of a model version: live inputs and predictions compared with the training window.',
})
export class Drift {
  @Field(() => Int, { description: 'Number of sessions in the live window, which ends with the newest bar.' })
  liveSessions!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of saturated predictions in the live window, from 0 to 1; null without enough predictions.',
  })
  saturatedShare!: number | null

  @Field(() => Float, {
    description:
      'Share of live values of all features outside the range of the training window, from 0 to 1.',
  })
  rangeExceededShare!: number

  @Field(() => [FeatureDrift], { description: 'Drift by feature, in the order of the recipe.' })
  features!: readonly FeatureDrift[]

  @Field(() => [String], { description: 'Warnings about values past a threshold; empty if there are none.' })
  warnings!: readonly string[]
}

@ObjectType({ description: 'Outcome of a forecast, once the bar of its target session is stored.' })
export class RealisedForecast {
  @Field(() => Float, {
    description:
      'Currently known close of the target session, of the hours in `Forecast.closeBasis`, on the price scale of the forecast: later splits are undone.',
  })
  actualClose!: number

  @Field(() => Float, { description: 'Exact predicted close minus actual close.' })
  error!: number

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the predicted direction was right; null if the forecast or the actual close equals the previous close.',
  })
  hit!: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the 80 % interval contains the actual close; null without an interval.',
  })
  covered80!: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the 95 % interval contains the actual close; null without an interval.',
  })
  covered95!: boolean | null

  @Field(() => DateTime, { description: 'Time at which the bar was stored or last corrected.' })
  at!: Date
}

@ObjectType({
  description:
    'Accuracy of issued forecasts, measured against the close that each is about, which is the regular close of 15:30 unless `Forecast.closeBasis` reports other hours. Replays are excluded.',
})
export class TrackRecord {
  @Field(() => Int, { description: 'Number of issued forecasts with a stored bar for the target session.' })
  forecasts!: number

  @Field(() => Int, { description: 'Number of these forecasts that a model served.' })
  servedByModel!: number

  @Field(() => Int, {
    description:
      'Number of further issued forecasts that are not compared, because the series breaks before their target session.',
  })
  breaks!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'Root mean squared error of the served forecasts, in the currency of the symbol; null without forecasts.',
  })
  rmse!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Root mean squared error of persistence on the same sessions; null without forecasts.',
  })
  persistenceRmse!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Skill: 1 - rmse / persistenceRmse. Above 0 is better than persistence; null if it is undefined.',
  })
  skill!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of sessions whose direction was forecast correctly, from 0 to 1. Sessions without a change and forecasts of no change are left out; null if none remains.',
  })
  hitRate!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Hit rate of always predicting a rise on the same sessions; null if none counts.',
  })
  upRate!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Base rate of hitRate: the better of always predicting a rise and always predicting a fall on the same sessions, in hindsight. Null if none counts.',
  })
  baseRate!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Share of actual closes inside the 80 % interval, from 0 to 1; null without intervals.',
  })
  coverage80!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Share of actual closes inside the 95 % interval, from 0 to 1; null without intervals.',
  })
  coverage95!: number | null
}

@ObjectType('Forecast', {
  description:
    'A stored forecast of the close of one session: the regular close of 15:30, unless `closeBasis` reports other hours.',
})
export class ForecastType {
  /** Used by relations; not fields. */
  symbolId!: number
  modelVersionId!: string | null
  prices!: ServedGrid

  @Field(() => ID, { description: 'Id of the forecast.' })
  id!: string

  @Field(() => LocalDate, { description: 'Target session: the session whose close is forecast.' })
  targetSession!: Session

  @Field(() => LocalDate, { description: 'Last session whose bar the forecast used.' })
  basedOnSession!: Session

  @Field(() => ForecastOrigin, {
    description: 'Whether the forecast was issued before the target session opened or replayed afterwards.',
  })
  origin!: OriginName

  @Field(() => Float, {
    description:
      'Served forecast of the close in the currency of the symbol, on the nearest step of `priceStep`.',
  })
  predictedClose!: number

  @Field(() => TradingHoursBasis, {
    description:
      'Hours of the close that the forecast is about, as the bars of the symbol had them. Scores count a close of these hours only.',
  })
  closeBasis!: BasisName

  @Field(() => Float, {
    description: 'Served forecast of the close without rounding; `realised` and the track record use it.',
  })
  predictedCloseExact!: number

  @Field(() => Float, {
    description:
      "Step between neighbouring prices at the served close: the exchange's tick size in the target session where the symbol's newest closes lie on the ticks; otherwise, for an index or adjusted prices, one unit of the decimals.",
  })
  priceStep!: number

  @Field(() => ServedBy, { description: 'Kind of the serving contender.' })
  servedBy!: ServedByName

  @Field({ description: 'Name of the serving contender: a recipe, or `persistence`.' })
  contender!: string

  @Field({ description: 'Reason why this contender serves.' })
  servedReason!: string

  @Field(() => Float, { description: 'Forecast of persistence: the last known close.' })
  persistenceClose!: number

  @Field(() => ForecastInterval, {
    nullable: true,
    description:
      'Interval that contains the close with a probability of 80 %; null if too few past errors are known.',
  })
  interval80!: ForecastInterval | null

  @Field(() => ForecastInterval, {
    nullable: true,
    description:
      'Interval that contains the close with a probability of 95 %; null if too few past errors are known.',
  })
  interval95!: ForecastInterval | null

  @Field({
    description:
      'Whether the intervals use the errors of the whole market, because the contender has too few past errors on this symbol.',
  })
  warmingUp!: boolean

  @Field(() => Drift, {
    nullable: true,
    description: 'Drift of the serving model version; null if persistence serves.',
  })
  drift!: Drift | null

  @Field(() => RealisedForecast, {
    nullable: true,
    description: 'Outcome of the forecast; null until the bar of the target session is stored.',
  })
  realised!: RealisedForecast | null

  @Field(() => UnscoredReason, {
    nullable: true,
    description:
      'Reason for not comparing the forecast with its bar. Null if it is compared, or if that bar has not arrived.',
  })
  unscored!: UnscoredName | null

  @Field(() => Int, { description: 'Data version of the symbol when its bars were read.' })
  dataVersion!: number

  @Field(() => DateTime, { description: 'Time at which the forecast was stored.' })
  createdAt!: Date
}

@ObjectType({ description: 'A forecast with its cursor.' })
export class ForecastEdge extends edgeType(ForecastType) {}

@ObjectType({ description: 'A page of forecasts, latest target session first.' })
export class ForecastConnection extends connectionType(ForecastEdge) {}

export const forecastCursor = cursorCodec<ForecastCursor>(
  'forecast',
  ({ targetSession, createdAt, id }) => [targetSession, createdAt, id],
  ([targetSession = '', createdAt = '', id = '']) =>
    isLocalDate(targetSession) && isInstant(createdAt) && isId(id)
      ? { targetSession, createdAt, id }
      : undefined,
)

export function toForecastType(forecast: Forecast): ForecastType {
  const { lower80, upper80, lower95, upper95, realisedAt, decimals, tickTable, predictedClose, ...rest } =
    forecast
  const outcome = realised(forecast)
  return Object.assign(new ForecastType(), rest, {
    prices: { targetSession: forecast.targetSession, decimals, tickTable },
    predictedClose: servedClose(forecast, predictedClose),
    predictedCloseExact: predictedClose,
    priceStep: priceStep(forecast, forecast.targetSession, servedClose(forecast, predictedClose)),
    interval80: servedInterval(forecast, lower80, upper80),
    interval95: servedInterval(forecast, lower95, upper95),
    realised: outcome && realisedAt ? { ...outcome, at: realisedAt } : null,
  })
}

export function toForecastKey({ targetSession, createdAt, id }: Forecast): ForecastCursor {
  return { targetSession, createdAt: createdAt.toISOString(), id }
}

/** @param prices the grid of the forecast that the prediction belongs to */
export function toCandidate(
  { modelVersionId, contender, predictedClose, scaledOutput, saturated }: Prediction,
  prices: ServedGrid,
): Candidate {
  return Object.assign(new Candidate(), {
    modelVersionId,
    contender,
    predictedClose: servedClose(prices, predictedClose),
    predictedCloseExact: predictedClose,
    scaledOutput,
    saturated,
  })
}
