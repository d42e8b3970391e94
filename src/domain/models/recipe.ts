/** Recipes: named, complete training configurations. Every model version stores its recipe's hash. */

import { BAR_COLUMNS } from '../bars/bar.js'
import { KospigraphError } from '../../errors.js'
import { sanitizeText } from '../sanitize-text.js'

/** The name of the naive contender, whose forecast is the last close; no recipe may use it. */
export const PERSISTENCE = 'persistence'

/**
 * Columns that a recipe may read. A return is the natural logarithm of a price over the *previous close*, or of a volume
 * over the previous volume (0 where either is 0, as in a halt).
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

/** Columns of the next session that a recipe may predict. */
export const LABELS = ['close', 'closeReturn'] as const satisfies readonly Feature[]
export type Label = (typeof LABELS)[number]

/** `minMax` maps the training window's range to 0..1; `standard` maps its mean to 0 and standard deviation to 1. */
export const SCALERS = ['minMax', 'standard'] as const
export type ScalerKind = (typeof SCALERS)[number]

export const HEADS = ['sigmoid', 'linear'] as const
export type Head = (typeof HEADS)[number]

export interface Recipe {
  readonly name: string
  readonly description: string
  /** Input columns of one time step, in this order. */
  readonly features: readonly Feature[]
  /** The predicted column of the session after the lookback. */
  readonly label: Label
  readonly scaler: ScalerKind
  /** Bars in one input sequence. */
  readonly lookbackBars: number
  /** Samples in one training window; {@link windowBars} gives the bars that they need. */
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
  /** Networks in one version. Network k (from 0) uses the version's seed + k; their scaled outputs are averaged. */
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
 * Uses returns instead of prices, because returns do not drift out of the window that scaled them. Lookback, layers,
 * hidden, epochs, learning rate and weight decay were chosen on the KOSPI of 2012 to 2023 only (bench/returns-search.ts).
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

/** @returns how many earlier bars a row's columns read: 1 where any is a return, else 0 */
export function lagBars(recipe: Pick<Recipe, 'features' | 'label'>): number {
  return [...recipe.features, recipe.label].some((column) => column.endsWith('Return')) ? 1 : 0
}

/** @returns the bars that one training window needs: samples + lookback + lag */
export function windowBars(recipe: Recipe): number {
  return recipe.windowSamples + inputBars(recipe)
}

/** @returns the bars that one forecast reads: lookback + lag */
export function inputBars(recipe: Recipe): number {
  return recipe.lookbackBars + lagBars(recipe)
}

/** @throws KospigraphError BAD_USER_INPUT naming the existing recipes */
export function requireRecipe(recipes: readonly Recipe[], name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name)
  if (recipe) return recipe
  const known = recipes.map((candidate) => candidate.name).join(', ')
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `recipe "${sanitizeText(name)}" does not exist; choose one of ${known}`,
  )
}
