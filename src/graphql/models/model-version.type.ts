/** The GraphQL types of model versions: the window, scaler, networks and training metrics of a fit. */
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
  description: 'Origin of a fit.',
  valuesConfig: {
    SAMPLE: { description: 'The fit belongs to the simulated sample market of an empty database.' },
    MANUAL: {
      description: 'A person or a program asked for the fit, with `retrain` or `kospigraph retrain`.',
    },
    NIGHT: { description: 'A night made the fit, started by the schedule or by `runNightNow`.' },
  },
})

@ObjectType({ description: 'Scaling parameters of one column.' })
export class ScalerColumn {
  @Field({ description: 'Name of the feature or of the label.' })
  column!: string

  @Field(() => Float, {
    nullable: true,
    description: 'Smallest value in the training window; null for a `standard` scaler.',
  })
  min!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Largest value in the training window; null for a `standard` scaler.',
  })
  max!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Mean over the training window; null for a `minMax` scaler.',
  })
  mean!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Standard deviation over the training window; null for a `minMax` scaler.',
  })
  std!: number | null
}

@ObjectType({ description: 'Scaler of one model version, fitted on its training window.' })
export class Scaler {
  @Field({
    description:
      'Scaling method: `minMax` maps each column to the range from 0 to 1, `standard` to mean 0 and standard deviation 1. A constant column maps to 0.',
  })
  kind!: string

  @Field(() => [ScalerColumn], {
    description: 'Parameters by column: the features in order, then the label.',
  })
  columns!: ScalerColumn[]
}

@ObjectType({
  description:
    'Errors of a fit on its own training samples. They do not measure accuracy on unseen sessions.',
})
export class TrainingMetrics {
  @Field(() => Float, { description: 'Mean squared error of the last epoch, in scaled units.' })
  finalLoss!: number

  @Field(() => Float, { description: 'Root mean squared error, in the currency of the symbol.' })
  rmse!: number

  @Field(() => Float, { description: 'Mean absolute error, in the currency of the symbol.' })
  mae!: number

  @Field(() => Float, {
    description: 'Root mean squared error of persistence on the same samples, in the currency of the symbol.',
  })
  persistenceRmse!: number

  @Field(() => Float, {
    description:
      'Skill: 1 - rmse / persistenceRmse. Below 0, persistence is better even on the training samples.',
  })
  skill!: number

  @Field(() => Float, {
    description:
      'Share of saturated outputs, from 0 to 1. An output is saturated at the edge of the range of the scaler.',
  })
  saturatedShare!: number
}

@ObjectType('ModelMember', { description: 'One fitted network of a version. An ensemble has several.' })
export class ModelMemberType {
  @Field(() => Int, { description: 'Position in the version, from 0.' })
  ordinal!: number

  @Field(() => Int, { description: 'Seed of the initial weights and batch orders.' })
  seed!: number

  @Field(() => [Float], { description: 'Mean loss of each epoch, in scaled units.' })
  lossCurve!: readonly number[]

  @Field(() => Int, { description: 'Number of weights.' })
  parameterCount!: number

  @Field({ description: 'All weights, layer by layer: base64 of little-endian float32 values.' })
  weights!: string
}

@ObjectType('ModelVersion', {
  description: 'Immutable result of fitting a recipe to one training window of a symbol.',
})
export class ModelVersionType {
  /** Used by the relation; not a field. */
  symbolId!: number

  @Field(() => ID, { description: 'Id of the model version.' })
  id!: string

  @Field(() => Int, {
    nullable: true,
    description:
      'Data version of the symbol in which a back-adjustment changed the prices of the training window; null if there was none.',
  })
  adjustedVersion!: number | null

  @Field({ description: 'Name of the recipe.' })
  recipe!: string

  @Field({ description: 'Hash of the recipe at the time of the fit.' })
  recipeHash!: string

  @Field(() => Int, { description: 'Number of the version, counted from 1 for each symbol and recipe.' })
  number!: number

  @Field(() => Int, { description: 'Data version of the symbol when its bars were read.' })
  dataVersion!: number

  @Field(() => LocalDate, { description: 'First session of the training window.' })
  windowFirst!: Session

  @Field(() => LocalDate, { description: 'Last session of the training window.' })
  windowLast!: Session

  @Field(() => Int, { description: 'Number of bars in the training window.' })
  barCount!: number

  @Field(() => Int, { description: 'Number of samples in the training window.' })
  sampleCount!: number

  @Field({ description: 'SHA-256 of the bars of the training window, in hexadecimal.' })
  fingerprint!: string

  @Field(() => Int, { description: 'Seed of the first network.' })
  seed!: number

  @Field(() => Scaler, { description: 'Scaler fitted on the training window.' })
  scaler!: Scaler

  @Field(() => TrainingMetrics, { description: 'Errors on the training samples.' })
  metrics!: TrainingMetrics

  @Field(() => [ModelMemberType], { description: 'Fitted networks.' })
  members!: ModelMemberType[]

  @Field(() => [Float], { description: 'Mean loss of each epoch over all networks, in scaled units.' })
  lossCurve!: number[]

  @Field({ description: 'Engine that executed the fit: `wasm` or `tensorflow`.' })
  engine!: string

  @Field({ description: 'Version of the engine. It changes whenever the results of the engine change.' })
  engineVersion!: string

  @Field({ description: 'Device that the fit ran on.' })
  device!: string

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Session of the night that made the fit; null if no night made it.',
  })
  night!: Session | null

  @Field(() => VersionOrigin, { description: 'Origin of the fit.' })
  origin!: OriginName

  @Field({
    description:
      'SHA-256 of scaler, weights, losses, recipe hash, fingerprint and engine version, in hexadecimal.',
  })
  contentHash!: string

  @Field(() => Float, { description: 'Duration of the fit in milliseconds.' })
  durationMs!: number

  @Field(() => DateTime, { description: 'Time at which the version was stored.' })
  createdAt!: Date
}

@ObjectType({ description: 'A model version with its cursor.' })
export class ModelVersionEdge extends edgeType(ModelVersionType) {}

@ObjectType({ description: 'A page of model versions, ordered by recipe, then newest first.' })
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
