/** A model version as clients see it: what was fitted, on what, with which result. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { VERSION_ORIGINS } from '../../domain/models/model-version.js'
import type {
  ModelMember,
  ModelVersion,
  VersionOrigin as OriginName,
} from '../../domain/models/model-version.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Session } from '../../domain/calendar/session.js'
import type { VersionCursor } from '../../services/models/model-versions.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { DateTime, LocalDate } from '../scalars.js'

const BYTES_PER_PARAMETER = 4

export const VersionOrigin = enumOf(VERSION_ORIGINS)
registerEnumType(VersionOrigin, {
  name: 'VersionOrigin',
  description: 'What asked for the fit.',
  valuesConfig: {
    SAMPLE: { description: 'The sample market of an empty database.' },
    MANUAL: { description: 'A person or a program, by `retrain`.' },
    NIGHT: { description: 'The night of a session, by the schedule or by `runNightNow`.' },
  },
})

@ObjectType({ description: 'What one column was scaled by.' })
export class ScalerColumn {
  @Field({ description: 'A feature, or the label.' })
  column!: string

  @Field(() => Float, { nullable: true, description: 'Smallest value in the training window, where minMax.' })
  min!: number | null

  @Field(() => Float, { nullable: true, description: 'Largest value in the training window, where minMax.' })
  max!: number | null

  @Field(() => Float, { nullable: true, description: 'Mean over the training window, where standard.' })
  mean!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Standard deviation over the training window, where standard.',
  })
  std!: number | null
}

@ObjectType({ description: 'The scaling that belongs to one version, fitted on its own training window.' })
export class Scaler {
  @Field({
    description:
      'minMax: each column to [0, 1]; standard: to mean 0 and standard deviation 1; a constant column to 0.',
  })
  kind!: string

  @Field(() => [ScalerColumn], { description: 'The columns: features in order, then the label.' })
  columns!: ScalerColumn[]
}

@ObjectType({
  description: 'How a fit did on the samples it was trained on. It says nothing about unseen sessions.',
})
export class TrainingMetrics {
  @Field(() => Float, { description: 'Mean squared error of the last epoch, scaled.' })
  finalLoss!: number

  @Field(() => Float, { description: 'Root of the mean squared error, in price units.' })
  rmse!: number

  @Field(() => Float, { description: 'Mean absolute error, in price units.' })
  mae!: number

  @Field(() => Float, { description: 'The same root for "the next close is the last one".' })
  persistenceRmse!: number

  @Field(() => Float, {
    description: '1 − rmse / persistenceRmse; below 0, persistence fits better even here.',
  })
  skill!: number

  @Field(() => Float, { description: 'Share of outputs at the edge of what the scaler can express.' })
  saturatedShare!: number
}

@ObjectType('ModelMember', { description: 'One fitted network of a version; an ensemble has several.' })
export class ModelMemberType {
  @Field(() => Int, { description: 'Position in the version, from 0.' })
  ordinal!: number

  @Field(() => Int, { description: 'Seed of its initial weights and batch orders.' })
  seed!: number

  @Field(() => [Float], { description: 'Mean loss of every epoch, scaled.' })
  lossCurve!: readonly number[]

  @Field(() => Int, { description: 'How many weights it has.' })
  parameterCount!: number

  @Field({ description: 'All weights: base64 of little-endian float32, layer by layer.' })
  weights!: string
}

@ObjectType('ModelVersion', {
  description: 'What one fit of a recipe to a training window produced; never changed.',
})
export class ModelVersionType {
  /** For the relation to the symbol; not a field. */
  symbolId!: number

  @Field(() => ID, { description: 'Its id.' })
  id!: string

  @Field(() => Int, {
    nullable: true,
    description:
      'The data version whose back-adjustment changed prices that it had seen; null where none has.',
  })
  adjustedVersion!: number | null

  @Field({ description: 'Name of the recipe.' })
  recipe!: string

  @Field({ description: 'Hash of the recipe as it was.' })
  recipeHash!: string

  @Field(() => Int, { description: 'Counts up from 1 for each symbol and recipe.' })
  number!: number

  @Field(() => Int, { description: "The symbol's data version when the bars were read." })
  dataVersion!: number

  @Field(() => LocalDate, { description: 'First session of the training window.' })
  windowFirst!: Session

  @Field(() => LocalDate, { description: 'Last session of the training window.' })
  windowLast!: Session

  @Field(() => Int, { description: 'Bars in the training window.' })
  barCount!: number

  @Field(() => Int, { description: 'Samples made of them.' })
  sampleCount!: number

  @Field({ description: 'SHA-256 of the bars of the training window.' })
  fingerprint!: string

  @Field(() => Int, { description: 'Seed of the first member.' })
  seed!: number

  @Field(() => Scaler, { description: 'The scaling fitted on the training window.' })
  scaler!: Scaler

  @Field(() => TrainingMetrics, { description: 'How the fit did on its own samples.' })
  metrics!: TrainingMetrics

  @Field(() => [ModelMemberType], { description: 'The fitted networks.' })
  members!: ModelMemberType[]

  @Field(() => [Float], { description: 'Mean loss of every epoch over all members, scaled.' })
  lossCurve!: number[]

  @Field({ description: 'What executed the fit.' })
  engine!: string

  @Field({ description: "The engine's version; it changes when its numbers do." })
  engineVersion!: string

  @Field({ description: 'Where the fit ran.' })
  device!: string

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The session of the night that made it; null where it was asked for.',
  })
  night!: Session | null

  @Field(() => VersionOrigin, { description: 'What asked for the fit.' })
  origin!: OriginName

  @Field({
    description: 'SHA-256 over scaler, weights, losses, recipe hash, fingerprint and engine version.',
  })
  contentHash!: string

  @Field(() => Float, { description: 'How long the fit took, in milliseconds.' })
  durationMs!: number

  @Field(() => DateTime, { description: 'When it was stored.' })
  createdAt!: Date
}

@ObjectType({ description: 'A model version in a list.' })
export class ModelVersionEdge extends edgeType(ModelVersionType) {}

@ObjectType({ description: 'A page of model versions, recipe by recipe, newest first.' })
export class ModelVersionConnection extends connectionType(ModelVersionEdge) {}

export const modelVersionCursor = cursorCodec<VersionCursor>(
  'modelVersion',
  ({ recipeName, number }) => [recipeName, String(number)],
  ([recipeName, number]) =>
    recipeName !== undefined && sanitizeText(recipeName) === recipeName && /^\d{1,9}$/.test(number ?? '')
      ? { recipeName, number: Number(number) }
      : undefined,
)

export function toModelVersionType(version: ModelVersion): ModelVersionType {
  const { recipeName, scaler, members, ...rest } = version
  return Object.assign(new ModelVersionType(), rest, {
    recipe: recipeName,
    scaler: {
      kind: scaler.kind,
      columns: scaler.columns.map((column, index) => ({
        column,
        min: scaler.kind === 'minMax' ? scaler.min[index] : null,
        max: scaler.kind === 'minMax' ? scaler.max[index] : null,
        mean: scaler.kind === 'standard' ? scaler.mean[index] : null,
        std: scaler.kind === 'standard' ? scaler.std[index] : null,
      })),
    },
    members: members.map(toMemberType),
    lossCurve: meanByEpoch(members),
  })
}

function toMemberType({ ordinal, seed, losses, weights }: ModelMember): ModelMemberType {
  return {
    ordinal,
    seed,
    lossCurve: losses,
    parameterCount: weights.byteLength / BYTES_PER_PARAMETER,
    weights: Buffer.from(weights).toString('base64'),
  }
}

function meanByEpoch(members: readonly ModelMember[]): number[] {
  const epochs = members[0]?.losses ?? []
  return epochs.map(
    (_, epoch) =>
      members.reduce((sum, { losses }) => sum + (losses[epoch] ?? Number.NaN), 0) / members.length,
  )
}
