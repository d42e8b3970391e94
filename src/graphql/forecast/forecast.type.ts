/** A forecast as clients see it: what is served, beside what every contender said. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { isId } from '../../domain/id.js'
import { FORECAST_ORIGINS, SERVED_BY } from '../../domain/forecast.js'
import type {
  Forecast,
  ForecastOrigin as OriginName,
  Prediction,
  ServedBy as ServedByName,
} from '../../domain/forecast.js'
import { isLocalDate } from '../../domain/session.js'
import type { Session } from '../../domain/session.js'
import type { ForecastCursor } from '../../services/browse-models.js'
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

  @Field({ description: 'Why that contender serves.' })
  servedReason!: string

  @Field(() => Float, { description: 'The naive forecast: the last known close.' })
  persistenceClose!: number

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
  return Object.assign(new ForecastType(), forecast)
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
