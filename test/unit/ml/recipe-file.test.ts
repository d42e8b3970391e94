import { RECIPES, SEED_RECIPE } from '../../../src/domain/recipe.js'
import type { Recipe } from '../../../src/domain/recipe.js'
import { recipeHash } from '../../../src/ml/artifact.js'
import { parseRecipeFile } from '../../../src/ml/recipe-file.js'

function parse(recipes: unknown): Recipe[] {
  return parseRecipeFile(JSON.stringify({ recipes }), 'my.json', RECIPES)
}

function refusal(...entries: unknown[]): string {
  try {
    parse(entries)
  } catch (error) {
    return String(error)
  }
  return 'accepted'
}

const wide = { name: 'wide', extends: 'seed', hidden: 32, description: 'wider' }

test('a recipe takes what it does not give from the one it extends, and follows the shipped ones', () => {
  const recipes = parse([wide, { name: 'wider', extends: 'wide', epochs: 7, members: 3 }])
  expect(recipes.slice(0, RECIPES.length)).toEqual(RECIPES)
  expect(recipes.at(-2)).toEqual({ ...SEED_RECIPE, name: 'wide', hidden: 32, description: 'wider' })
  expect(recipes.at(-1)).toMatchObject({ name: 'wider', hidden: 32, epochs: 7, members: 3, lookbackBars: 5 })
  expect(new Set(recipes.map(recipeHash)).size).toBe(recipes.length)
})

test('an empty list adds nothing', () => {
  expect(parse([])).toEqual(RECIPES)
})

test.each<[string, unknown, string]>([
  ['hidden', { ...wide, hidden: 300 }, 'recipes[0].hidden is 300; it must be a whole number from 1 to 256'],
  ['lookbackBars', { ...wide, lookbackBars: 0 }, 'recipes[0].lookbackBars is 0'],
  ['windowSamples', { ...wide, windowSamples: 1e9 }, 'recipes[0].windowSamples is 1000000000'],
  ['learningRate', { ...wide, learningRate: 'fast' }, 'recipes[0].learningRate: must be a number'],
  ['features', { ...wide, features: ['open', 'price'] }, 'recipes[0].features.1: '],
  [
    'a feature twice',
    { ...wide, features: ['open', 'open'] },
    'recipes[0].features: must name each feature once',
  ],
  ['label', { ...wide, label: 'open' }, 'recipes[0].label: '],
  ['members', { ...wide, members: 33 }, 'recipes[0].members: must be at most 32'],
  ['name', { ...wide, name: 'Wide One' }, 'recipes[0].name: must be 1 to 40'],
  ['a name that is taken', { ...wide, name: 'seed' }, 'recipes[0].name: "seed" is taken'],
  ['extends', { ...wide, extends: 'none' }, 'recipes[0].extends: there is no recipe "none"; there is seed'],
  ['nothing to extend', { name: 'bare' }, 'recipes[0].extends: must name a recipe'],
  ['an unknown field', { ...wide, hiden: 3 }, 'recipes[0].hiden: is no field of a recipe; there is name, '],
  ['head', { ...wide, scaler: 'standard' }, 'recipes[0].head: sigmoid cannot reach'],
  ['no object', 7, 'recipes[0].'],
])('a wrong entry is refused by its field: %s', (_, entry, message) => {
  const text = refusal(entry)
  expect(text).toContain('my.json: ')
  expect(text).toContain(message)
})

test('every wrong field of every recipe is told at once', () => {
  const text = refusal({ ...wide, epochs: 'x', members: 0 }, { ...wide, name: 'other', layers: 9 })
  expect(text).toContain('recipes[0].epochs')
  expect(text).toContain('recipes[0].members')
  expect(text).toContain('recipes[1].layers is 9')
})

test.each(['', '[]', '{"recipe": []}', `{"recipes": [${'0,'.repeat(50)}0]}`])(
  'a file of another shape is refused: %.20s',
  (text) => {
    expect(() => parseRecipeFile(text, 'my.json', RECIPES)).toThrow('my.json: ')
  },
)
