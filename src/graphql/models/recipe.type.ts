/** The GraphQL types of recipes. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { FEATURES, HEADS, LABELS, SCALERS } from '../../domain/models/recipe.js'
import type {
  Feature as FeatureName,
  Head as HeadName,
  Label as LabelName,
  ScalerKind as ScalerName,
} from '../../domain/models/recipe.js'
import { enumOf } from '../enum.js'

export const Feature = enumOf(FEATURES)
const OVER_PREVIOUS_CLOSE = 'divided by the close of the previous session, as a natural logarithm.'
registerEnumType(Feature, {
  name: 'Feature',
  description: 'Input column of the network.',
  valuesConfig: {
    open: { description: 'Opening price.' },
    high: { description: 'Highest price.' },
    low: { description: 'Lowest price.' },
    close: { description: 'Closing price.' },
    volume: { description: 'Number of shares traded.' },
    openReturn: { description: `Log return of the open: the open ${OVER_PREVIOUS_CLOSE}` },
    highReturn: { description: `Log return of the high: the high ${OVER_PREVIOUS_CLOSE}` },
    lowReturn: { description: `Log return of the low: the low ${OVER_PREVIOUS_CLOSE}` },
    closeReturn: { description: `Log return of the close: the close ${OVER_PREVIOUS_CLOSE}` },
    volumeReturn: {
      description:
        'Log change of the volume: the volume divided by that of the previous session, as a natural logarithm; 0 if either volume is 0.',
    },
  },
})

export const Label = enumOf(LABELS)
registerEnumType(Label, {
  name: 'Label',
  description: 'Quantity that is predicted for the next session.',
  valuesConfig: {
    close: { description: 'Close of the next session.' },
    closeReturn: { description: `Log return of the next session: its close ${OVER_PREVIOUS_CLOSE}` },
  },
})

export const ScalerKind = enumOf(SCALERS)
registerEnumType(ScalerKind, {
  name: 'ScalerKind',
  description: 'Method that scales the columns.',
  valuesConfig: {
    minMax: { description: 'Scales each column to the range from 0 to 1 over the training window.' },
    standard: {
      description: 'Scales each column to mean 0 and standard deviation 1 over the training window.',
    },
  },
})

export const Head = enumOf(HEADS)
registerEnumType(Head, {
  name: 'Head',
  description: 'Activation after the last linear unit.',
  valuesConfig: {
    sigmoid: { description: 'Maps the output to the open interval from 0 to 1.' },
    linear: { description: 'Returns the output unchanged.' },
  },
})

@ObjectType({ description: 'A named, complete training configuration.' })
export class Recipe {
  @Field({ description: 'Name of the recipe.' })
  name!: string

  @Field({
    description:
      'SHA-256 of the name and of every setting that affects a fit, in hexadecimal. Model versions and backtests store it.',
  })
  hash!: string

  @Field({ description: 'Short description of the recipe.' })
  description!: string

  @Field(() => [Feature], { description: 'Input columns of one bar, in order.' })
  features!: readonly FeatureName[]

  @Field(() => Label, { description: 'Quantity that is predicted for the session after the lookback.' })
  label!: LabelName

  @Field(() => ScalerKind, { description: 'Method that scales the input columns and the label.' })
  scaler!: ScalerName

  @Field(() => Int, { description: 'Number of bars in one input sequence.' })
  lookbackBars!: number

  @Field(() => Int, { description: 'Number of samples in one training window.' })
  windowSamples!: number

  @Field(() => Int, { description: 'Number of stacked recurrent layers.' })
  layers!: number

  @Field(() => Int, { description: 'Number of units in each layer.' })
  hidden!: number

  @Field(() => Head, { description: 'Activation function after the last linear unit.' })
  head!: HeadName

  @Field(() => Int, { description: 'Number of passes over the training window.' })
  epochs!: number

  @Field(() => Int, { description: 'Number of samples in one batch. The last batch may be smaller.' })
  batchSize!: number

  @Field(() => Float, { description: 'Learning rate of the Adam optimiser.' })
  learningRate!: number

  @Field(() => Float, { description: 'Decoupled weight decay; 0 turns it off.' })
  weightDecay!: number

  @Field(() => Float, { description: 'Largest norm of the gradients of one step; 0 turns clipping off.' })
  gradientClipNorm!: number

  @Field(() => Int, {
    description:
      'Number of networks in one version, with consecutive seeds. Their scaled outputs are averaged.',
  })
  members!: number

  @Field(() => Int, { description: 'Number of bars that one training window needs.' })
  windowBars!: number
}
