/** A recipe as clients see it. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { FEATURES, HEADS, SCALERS } from '../../domain/recipe.js'
import type {
  Feature as FeatureName,
  Head as HeadName,
  ScalerKind as ScalerName,
} from '../../domain/recipe.js'
import { enumOf } from '../enum.js'

export const Feature = enumOf(FEATURES)
registerEnumType(Feature, { name: 'Feature', description: 'A column that goes into the network.' })

export const ScalerKind = enumOf(SCALERS)
registerEnumType(ScalerKind, {
  name: 'ScalerKind',
  description: 'How columns are scaled.',
  valuesConfig: { minMax: { description: 'Each column to [0, 1] over the training window.' } },
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

  @Field({ description: 'What is predicted for the session after the lookback.' })
  label!: string

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
}
