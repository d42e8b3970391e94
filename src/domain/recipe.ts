/** Recipes: named, complete training configurations. Their hash is part of every version they make. */

import { KospigraphError } from '../errors.js'
import { readable } from './readable.js'

export const FEATURES = ['open', 'high', 'low', 'close', 'volume'] as const
export type Feature = (typeof FEATURES)[number]

export const SCALERS = ['minMax'] as const
export type ScalerKind = (typeof SCALERS)[number]

export const HEADS = ['sigmoid', 'linear'] as const
export type Head = (typeof HEADS)[number]

export interface Recipe {
  readonly name: string
  readonly description: string
  /** Input columns of one time step, in this order. */
  readonly features: readonly Feature[]
  /** What is predicted for the session after the lookback. */
  readonly label: 'close'
  readonly scaler: ScalerKind
  /** Bars in one input sequence. */
  readonly lookbackBars: number
  /** Samples in one training window; a window of N samples is N + lookback bars. */
  readonly windowSamples: number
  readonly layers: number
  readonly hidden: number
  readonly head: Head
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  /** Decoupled weight decay; 0 turns it off. */
  readonly weightDecay: number
  /** Largest norm of one step's gradients; 0 turns clipping off. */
  readonly gradientClipNorm: number
}

/** The original tutorial's network, refitted on its newest 200 samples. */
export const SEED_RECIPE: Recipe = {
  name: 'seed',
  description:
    'The original tutorial: open, high, low and volume of 5 bars in, the next close out; a 2-layer tanh RNN of 8 units with a sigmoid head, 100 epochs of Adam on 200 samples.',
  features: ['open', 'high', 'low', 'volume'],
  label: 'close',
  scaler: 'minMax',
  lookbackBars: 5,
  windowSamples: 200,
  layers: 2,
  hidden: 8,
  head: 'sigmoid',
  epochs: 100,
  batchSize: 20,
  learningRate: 1e-3,
  weightDecay: 0,
  gradientClipNorm: 0,
}

export const RECIPES: readonly Recipe[] = [SEED_RECIPE]

/** The bars that one training window needs. */
export function windowBars(recipe: Recipe): number {
  return recipe.windowSamples + recipe.lookbackBars
}

/** @throws KospigraphError BAD_USER_INPUT naming the recipes there are */
export function requireRecipe(recipes: readonly Recipe[], name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name)
  if (recipe) return recipe
  const known = recipes.map((candidate) => candidate.name).join(', ')
  throw new KospigraphError('BAD_USER_INPUT', `recipe "${readable(name)}" does not exist; there is ${known}`)
}
