/** Seeds of fits: the one number that every random choice of a fit follows from. */
import { KospigraphError } from '../../errors.js'
import type { Recipe } from './recipe.js'

/** Seeds are stored as 32-bit integers, and member k of an ensemble has seed + k. */
export const MAX_SEED = 2_147_483_647

/** @throws KospigraphError BAD_USER_INPUT where a member of the recipe would have no seed that can be stored */
export function requireSeed(seed: number, { members }: Pick<Recipe, 'members'>): void {
  const largest = MAX_SEED - (members - 1)
  if (Number.isInteger(seed) && seed >= 0 && seed <= largest) return
  throw new KospigraphError('BAD_USER_INPUT', `seed: ${seed} is not a whole number from 0 to ${largest}`)
}
