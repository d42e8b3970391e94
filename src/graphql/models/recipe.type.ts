/** A recipe as clients see it. */
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
const PRICE_RETURN = 'over the close of the session before, as a natural logarithm.'
registerEnumType(Feature, {
  name: 'Feature',
  description: 'A column that goes into the network.',
  valuesConfig: {
    openReturn: { description: `Open ${PRICE_RETURN}` },
    highReturn: { description: `High ${PRICE_RETURN}` },
    lowReturn: { description: `Low ${PRICE_RETURN}` },
    closeReturn: { description: `Close ${PRICE_RETURN}` },
    volumeReturn: {
      description: 'Volume over that of the session before, as a natural logarithm; 0 where either is 0.',
    },
  },
})

export const Label = enumOf(LABELS)
registerEnumType(Label, {
  name: 'Label',
  description: 'What is predicted of the next session.',
  valuesConfig: {
    close: { description: 'Its close.' },
    closeReturn: { description: `Its close ${PRICE_RETURN}` },
  },
})

export const ScalerKind = enumOf(SCALERS)
registerEnumType(ScalerKind, {
  name: 'ScalerKind',
  description: 'How columns are scaled.',
  valuesConfig: {
    minMax: { description: 'Each column to [0, 1] over the training window.' },
    standard: { description: 'Each column to mean 0 and standard deviation 1 over the training window.' },
  },
})

export const Head = enumOf(HEADS)
registerEnumType(Head, {
  name: 'Head',
  description: 'What follows the last linear unit.',
  valuesConfig: {
    sigmoid: { description: 'Squeezes the output into (0, 1).' },
    linear: { description: 'Leaves the output as it is.' },
  },
})

@ObjectType({ description: 'A named, complete training configuration.' })
export class Recipe {
  @Field({ description: 'Its name.' })
  name!: string

  @Field({
    description: 'SHA-256 over the name and everything that changes a fit; part of every version it makes.',
  })
  hash!: string

  @Field({ description: 'What it is, in words.' })
  description!: string

  @Field(() => [Feature], { description: 'Input columns of one bar, in order.' })
  features!: readonly FeatureName[]

  @Field(() => Label, { description: 'What is predicted for the session after the lookback.' })
  label!: LabelName

  @Field(() => ScalerKind, { description: 'How columns are scaled.' })
  scaler!: ScalerName

  @Field(() => Int, { description: 'Bars in one input sequence.' })
  lookbackBars!: number

  @Field(() => Int, { description: 'Samples in one training window.' })
  windowSamples!: number

  @Field(() => Int, { description: 'Stacked recurrent layers.' })
  layers!: number

  @Field(() => Int, { description: 'Units in each layer.' })
  hidden!: number

  @Field(() => Head, { description: 'What follows the last linear unit.' })
  head!: HeadName

  @Field(() => Int, { description: 'Passes over the training window.' })
  epochs!: number

  @Field(() => Int, { description: 'Samples in one batch; the last one may be smaller.' })
  batchSize!: number

  @Field(() => Float, { description: "Adam's learning rate." })
  learningRate!: number

  @Field(() => Float, { description: 'Decoupled weight decay; 0 where there is none.' })
  weightDecay!: number

  @Field(() => Float, { description: "Largest norm of one step's gradients; 0 where they are not clipped." })
  gradientClipNorm!: number

  @Field(() => Int, {
    description: 'Networks in one version, seeded one after the other; their scaled outputs are averaged.',
  })
  members!: number

  @Field(() => Int, { description: 'Bars that one training window needs.' })
  windowBars!: number
}
