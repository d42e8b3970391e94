/** A forecast as clients see it: what is served, beside what every contender said. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { isId } from '../../domain/id.js'
import { FORECAST_ORIGINS, SERVED_BY, realised } from '../../domain/forecasts/forecast.js'
import type {
  Forecast,
  ForecastOrigin as OriginName,
  Prediction,
  ServedBy as ServedByName,
} from '../../domain/forecasts/forecast.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import type { ForecastCursor } from '../../services/forecasts/forecasts.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { isInstant } from '../id.js'
import { DateTime, LocalDate } from '../scalars.js'

export const ForecastOrigin = enumOf(FORECAST_ORIGINS)
registerEnumType(ForecastOrigin, {
  name: 'ForecastOrigin',
  description: 'When a forecast was made.',
  valuesConfig: {
    ISSUED: { description: 'Before its session opened; one for each symbol and session, never replaced.' },
    REPLAY: { description: 'Afterwards, from the bars before its session; not part of any record.' },
  },
})

export const ServedBy = enumOf(SERVED_BY)
registerEnumType(ServedBy, {
  name: 'ServedBy',
  description: 'Which kind of contender a forecast is taken from.',
  valuesConfig: {
    PERSISTENCE: { description: 'The next close is the last one.' },
    MODEL: { description: 'A model version.' },
  },
})

@ObjectType({ description: 'What one contender said.' })
export class Candidate {
  /** For the relation to the version; not a field. */
  modelVersionId!: string | null

  @Field({ description: "A recipe's name, or `persistence`." })
  contender!: string

  @Field(() => Float, { description: 'The close it predicts.' })
  predictedClose!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Output of the network before scaling; null for persistence.',
  })
  scaledOutput!: number | null

  @Field({
    description: 'Whether the output, or the last close, lies at the edge of what the scaler can express.',
  })
  saturated!: boolean
}

@ObjectType({ description: 'Where a close lies with a stated probability.' })
export class ForecastInterval {
  @Field(() => Float, { description: 'Its lower end.' })
  lower!: number

  @Field(() => Float, { description: 'Its upper end.' })
  upper!: number
}

@ObjectType({ description: 'How far the live values of one feature are from the fitted ones.' })
export class FeatureDrift {
  @Field({ description: 'The feature.' })
  feature!: string

  @Field(() => Float, {
    description: 'Share of the live values that the version has seen none like when it was fitted.',
  })
  rangeExceededShare!: number

  @Field(() => Float, { description: 'Population stability index, live against fitted values.' })
  psi!: number

  @Field(() => Float, { description: 'What the index has to exceed for a warning.' })
  psiBound!: number
}

@ObjectType({ description: 'How far what a version is asked about has moved from what it was fitted on.' })
export class Drift {
  @Field(() => Int, { description: 'Sessions of the live window, the newest.' })
  liveSessions!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Share of its predictions for them at the edge of what its scaler can express.',
  })
  saturatedShare!: number | null

  @Field(() => Float, { description: 'Share of values outside the fitted range, of all features together.' })
  rangeExceededShare!: number

  @Field(() => [FeatureDrift], { description: 'Feature by feature.' })
  features!: readonly FeatureDrift[]

  @Field(() => [String], { description: 'What lies past a threshold, a sentence each.' })
  warnings!: readonly string[]
}

@ObjectType({ description: 'What a forecast came to.' })
export class RealisedForecast {
  @Field(() => Float, {
    description:
      'The close of the session, as it is known now, on the scale of prices that the forecast was made on.',
  })
  actualClose!: number

  @Field(() => Float, { description: 'Predicted less actual close.' })
  error!: number

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the direction was right; null where the forecast names none, or the close did not move.',
  })
  hit!: boolean | null

  @Field(() => Boolean, { nullable: true, description: 'Whether the 80 % interval held it.' })
  covered80!: boolean | null

  @Field(() => Boolean, { nullable: true, description: 'Whether the 95 % interval held it.' })
  covered95!: boolean | null

  @Field(() => DateTime, { description: 'When its bar arrived, or was last corrected.' })
  at!: Date
}

@ObjectType({ description: 'How issued forecasts have done; replays are not among them.' })
export class TrackRecord {
  @Field(() => Int, { description: 'Issued forecasts whose sessions have happened.' })
  forecasts!: number

  @Field(() => Int, { description: 'Of those, the ones that a model served.' })
  servedByModel!: number

  @Field(() => Float, { nullable: true, description: 'Root mean squared error of what was served.' })
  rmse!: number | null

  @Field(() => Float, { nullable: true, description: 'The same of persistence.' })
  persistenceRmse!: number | null

  @Field(() => Float, { nullable: true, description: '1 - RMSE / RMSE of persistence.' })
  skill!: number | null

  @Field(() => Float, { nullable: true, description: 'Share of named directions that were right.' })
  hitRate!: number | null

  @Field(() => Float, { nullable: true, description: 'Share of closes in their 80 % intervals.' })
  coverage80!: number | null

  @Field(() => Float, { nullable: true, description: 'Share of closes in their 95 % intervals.' })
  coverage95!: number | null
}

@ObjectType('Forecast', { description: 'A stored statement about the close of one session.' })
export class ForecastType {
  /** For relations; neither is a field. */
  symbolId!: number
  modelVersionId!: string | null

  @Field(() => ID, { description: 'Its id.' })
  id!: string

  @Field(() => LocalDate, { description: 'The session it speaks of.' })
  targetSession!: Session

  @Field(() => LocalDate, { description: 'The last session whose bar was known.' })
  basedOnSession!: Session

  @Field(() => ForecastOrigin, { description: 'Whether it was made before its session opened.' })
  origin!: OriginName

  @Field(() => Float, { description: 'The close that is served.' })
  predictedClose!: number

  @Field(() => ServedBy, { description: 'Which kind of contender serves.' })
  servedBy!: ServedByName

  @Field({ description: "Who serves: a recipe's name, or `persistence`." })
  contender!: string

  @Field({ description: 'Why that contender serves.' })
  servedReason!: string

  @Field(() => Float, { description: 'The naive forecast: the last known close.' })
  persistenceClose!: number

  @Field(() => ForecastInterval, {
    nullable: true,
    description: 'Holds the close 80 times in 100; null where too little is known of the symbol.',
  })
  interval80!: ForecastInterval | null

  @Field(() => ForecastInterval, { nullable: true, description: 'Holds the close 95 times in 100.' })
  interval95!: ForecastInterval | null

  @Field({
    description:
      "Whether the intervals come from the whole market's errors, as the contender has too few of its own here.",
  })
  warmingUp!: boolean

  @Field(() => Drift, {
    nullable: true,
    description:
      'How far the version that serves is from what it was fitted on; null where persistence does.',
  })
  drift!: Drift | null

  @Field(() => RealisedForecast, {
    nullable: true,
    description: 'What it came to; null until the bar of its session has arrived.',
  })
  realised!: RealisedForecast | null

  @Field(() => Int, { description: "The symbol's data version when the bars were read." })
  dataVersion!: number

  @Field(() => DateTime, { description: 'When it was stored.' })
  createdAt!: Date
}

@ObjectType({ description: 'A forecast in a list.' })
export class ForecastEdge extends edgeType(ForecastType) {}

@ObjectType({ description: 'A page of forecasts, latest session first.' })
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
  const { lower80, upper80, lower95, upper95, realisedAt, ...rest } = forecast
  const outcome = realised(forecast)
  return Object.assign(new ForecastType(), rest, {
    interval80: toInterval(lower80, upper80),
    interval95: toInterval(lower95, upper95),
    realised: outcome && realisedAt ? { ...outcome, at: realisedAt } : null,
  })
}

function toInterval(lower: number | null, upper: number | null): ForecastInterval | null {
  return lower === null || upper === null ? null : { lower, upper }
}

export function toForecastKey({ targetSession, createdAt, id }: Forecast): ForecastCursor {
  return { targetSession, createdAt: createdAt.toISOString(), id }
}

export function toCandidate({
  modelVersionId,
  contender,
  predictedClose,
  scaledOutput,
  saturated,
}: Prediction): Candidate {
  return Object.assign(new Candidate(), {
    modelVersionId,
    contender,
    predictedClose,
    scaledOutput,
    saturated,
  })
}
