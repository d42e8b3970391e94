import { RECIPES, SEED_RECIPE } from '../../../../src/domain/models/recipe.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import { recipeHash } from '../../../../src/ml/fit/artifact.js'
import { parseRecipeFile } from '../../../../src/ml/fit/recipe-file.js'

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

test('a recipe inherits missing fields from its base and is listed after the shipped ones', () => {
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
  [
    'hidden',
    { ...wide, hidden: 300 },
    'recipes[0] "wide": hidden is 300; it must be a whole number from 1 to 256',
  ],
  ['lookbackBars', { ...wide, lookbackBars: 0 }, 'recipes[0] "wide": lookbackBars is 0'],
  ['windowSamples', { ...wide, windowSamples: 1e9 }, 'recipes[0] "wide": windowSamples is 1000000000'],
  [
    'learningRate',
    { ...wide, learningRate: 'fast' },
    'recipes[0] "wide": learningRate: must be a finite number',
  ],
  ['features', { ...wide, features: ['open', 'price'] }, 'recipes[0] "wide": features.1: '],
  [
    'a feature twice',
    { ...wide, features: ['open', 'open'] },
    'recipes[0] "wide": features: must name each feature once',
  ],
  ['label', { ...wide, label: 'open' }, 'recipes[0] "wide": label: '],
  ['members', { ...wide, members: 33 }, 'recipes[0] "wide": members: must be at most 32'],
  ['name', { ...wide, name: 'Wide One' }, 'recipes[0] "Wide One": name: must be 1 to 40'],
  [
    'a name that is taken',
    { ...wide, name: 'seed' },
    'recipes[0] "seed": name: "seed" is taken; choose another',
  ],
  [
    'extends',
    { ...wide, extends: 'none' },
    'recipes[0] "wide": extends: there is no recipe "none"; use one of seed',
  ],
  ['nothing to extend', { name: 'bare' }, 'recipes[0] "bare": extends: must name a recipe'],
  [
    'an unknown field',
    { ...wide, hiden: 3 },
    'recipes[0] "wide": hiden: is not a field of a recipe; the fields are name, ',
  ],
  ['head', { ...wide, scaler: 'standard' }, 'recipes[0] "wide": head: sigmoid cannot reach'],
  ['no object', null, 'recipes[0]: must be an object with name, extends'],
  [
    'the naive forecast',
    { ...wide, name: 'persistence' },
    'name: "persistence" is the name of the naive baseline',
  ],
])('a wrong entry is refused with its field: %s', (_, entry, message) => {
  const text = refusal(entry)
  expect(text).toContain('my.json: ')
  expect(text).toContain(message)
})

test('all wrong fields of all recipes are reported at once, and a recipe with a wrong base only for that', () => {
  const text = refusal(
    { ...wide, epochs: 'x', members: 0 },
    { ...wide, name: 'other', layers: 9, hidden: 0, epochs: 1.5 },
    { name: 'third', extends: 'other' },
  )
  expect(text.slice(text.indexOf('my.json')).split('; ')).toEqual([
    'my.json: recipes[0] "wide": epochs: must be a finite number',
    'recipes[0] "wide": members: must be at least 1',
    'recipes[1] "other": layers is 9',
    'it must be a whole number from 1 to 4',
    'recipes[1] "other": hidden is 0',
    'it must be a whole number from 1 to 256',
    'recipes[1] "other": epochs is 1.5',
    'it must be a whole number from 1 to 10000',
    'recipes[2] "third": extends: recipe "other" has problems of its own',
    'correct it first',
  ])
})

test('a byte order mark is accepted', () => {
  expect(parseRecipeFile('\uFEFF{"recipes": []}', 'my.json', RECIPES)).toEqual(RECIPES)
})

test.each(['', '[]', '{"recipe": []}', `{"recipes": [${'0,'.repeat(50)}0]}`])(
  'a file of another shape is refused: %.20s',
  (text) => {
    expect(() => parseRecipeFile(text, 'my.json', RECIPES)).toThrow('my.json: ')
  },
)
