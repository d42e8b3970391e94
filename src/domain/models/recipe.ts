/** Recipes: named, complete training configurations. Their hash is part of every version they make. */

import { BAR_COLUMNS } from '../bars/bar.js'
import { KospigraphError } from '../../errors.js'
import { sanitizeText } from '../sanitize-text.js'

/** The name of the naive contender, which no recipe may take: its forecast is the last close. */
export const PERSISTENCE = 'persistence'

/**
 * What a recipe may read of a session. A return is the natural logarithm of a price over the *previous close*,
 * or of a volume over the previous volume (0 where either is 0, as in a halt).
 */
export const FEATURES = [
  ...BAR_COLUMNS,
  'openReturn',
  'highReturn',
  'lowReturn',
  'closeReturn',
  'volumeReturn',
] as const
export type Feature = (typeof FEATURES)[number]

/** What a recipe may predict of the next session. */
export const LABELS = ['close', 'closeReturn'] as const satisfies readonly Feature[]
export type Label = (typeof LABELS)[number]

/** `minMax`: the training window's range to 0..1. `standard`: its mean to 0, its standard deviation to 1. */
export const SCALERS = ['minMax', 'standard'] as const
export type ScalerKind = (typeof SCALERS)[number]

export const HEADS = ['sigmoid', 'linear'] as const
export type Head = (typeof HEADS)[number]

export interface Recipe {
  readonly name: string
  readonly description: string
  /** Input columns of one time step, in this order. */
  readonly features: readonly Feature[]
  /** What is predicted for the session after the lookback. */
  readonly label: Label
  readonly scaler: ScalerKind
  /** Bars in one input sequence. */
  readonly lookbackBars: number
  /** Samples in one training window; see {@link windowBars} for the bars that they need. */
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
  /** Networks in one version: the k-th (from 0) has the version's seed + k, and their scaled outputs are averaged. */
  readonly members: number
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
  members: 1,
}

/**
 * Returns instead of prices: they do not drift out of the window that scaled them. Lookback, layers, hidden,
 * epochs, learning rate and weight decay were chosen on the KOSPI of 2012 to 2023 alone (bench/returns-search.ts).
 */
export const RETURNS_RECIPE: Recipe = {
  name: 'returns',
  description:
    'An ensemble of 4 networks on standardised log returns of open, high, low, close and volume, the next log return out; 5 epochs under strong weight decay, so that they say little where little can be known.',
  features: ['openReturn', 'highReturn', 'lowReturn', 'closeReturn', 'volumeReturn'],
  label: 'closeReturn',
  scaler: 'standard',
  lookbackBars: 5,
  windowSamples: 200,
  layers: 1,
  hidden: 4,
  head: 'linear',
  epochs: 5,
  batchSize: 20,
  learningRate: 1e-3,
  weightDecay: 10,
  gradientClipNorm: 0,
  members: 4,
}

export const RECIPES: readonly Recipe[] = [SEED_RECIPE, RETURNS_RECIPE]

/** Bars before a row that its columns read: 1 where any is a return. */
export function lagBars(recipe: Pick<Recipe, 'features' | 'label'>): number {
  return [...recipe.features, recipe.label].some((column) => column.endsWith('Return')) ? 1 : 0
}

/** The bars that one training window needs: samples, the lookback before the first label, and the lag before that. */
export function windowBars(recipe: Recipe): number {
  return recipe.windowSamples + inputBars(recipe)
}

/** The bars that one forecast reads: the lookback, and the lag before it. */
export function inputBars(recipe: Recipe): number {
  return recipe.lookbackBars + lagBars(recipe)
}

/** @throws KospigraphError BAD_USER_INPUT naming the recipes there are */
export function requireRecipe(recipes: readonly Recipe[], name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name)
  if (recipe) return recipe
  const known = recipes.map((candidate) => candidate.name).join(', ')
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `recipe "${sanitizeText(name)}" does not exist; there is ${known}`,
  )
}
