/**
 * Reads recipes from JSON: a user's recipe file, and recipes stored with model versions.
 *
 * `{ "recipes": [{ "name": "wide", "extends": "returns", "hidden": 32 }] }`: each entry takes the fields that it
 * leaves out from the recipe it extends, a shipped one or an earlier one of the file. One error lists every
 * problem, each with its recipe and field.
 */
import { z } from 'zod'
import { PERSISTENCE } from '../../domain/models/recipe.js'
import { FEATURES, HEADS, LABELS, SCALERS } from '../../domain/models/recipe.js'
import type { Recipe } from '../../domain/models/recipe.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { KospigraphError } from '../../errors.js'
import { sizeViolations } from '../bounds.js'
import { architectureOf, trainingOf } from './problem.js'

const RECIPES_LIMIT = 50
const MEMBERS_LIMIT = 32
const NAME = /^[a-z][a-z0-9-]{0,39}$/

const number = z.number({ error: 'must be a finite number' })
const entrySchema = z.strictObject({
  name: z
    .string({ error: 'must be a text' })
    .regex(NAME, 'must be 1 to 40 of a-z, 0-9 and -, and start with a letter'),
  extends: z.string({ error: 'must name a recipe' }),
  description: z.string().min(1).max(500).optional(),
  features: z
    .array(z.enum(FEATURES))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'must name each feature once')
    .optional(),
  label: z.enum(LABELS).optional(),
  scaler: z.enum(SCALERS).optional(),
  lookbackBars: number.optional(),
  windowSamples: number.optional(),
  layers: number.optional(),
  hidden: number.optional(),
  head: z.enum(HEADS).optional(),
  epochs: number.optional(),
  batchSize: number.optional(),
  learningRate: number.optional(),
  weightDecay: number.optional(),
  gradientClipNorm: number.optional(),
  members: number
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MEMBERS_LIMIT, `must be at most ${MEMBERS_LIMIT}`)
    .optional(),
})
const fileSchema = z.strictObject({ recipes: z.array(z.unknown()).max(RECIPES_LIMIT) })

/**
 * Returns the shipped recipes and those of the file.
 * @param file its name, for messages
 * @throws KospigraphError CONFIGURATION naming every recipe and field that is wrong
 */
export function parseRecipeFile(text: string, file: string, shipped: readonly Recipe[]): Recipe[] {
  let json: unknown
  try {
    // Some editors write a byte order mark first.
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new KospigraphError('CONFIGURATION', `${file}: is not JSON: ${String(cause)}`, { cause })
  }
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) {
    throw new KospigraphError(
      'CONFIGURATION',
      `${file}: must hold { "recipes": [...] } with at most ${RECIPES_LIMIT} recipes, and nothing else`,
    )
  }
  const recipes = [...shipped]
  const refused = new Set<string>()
  const problems: string[] = []
  parsed.data.recipes.forEach((entry, index) => {
    const name = nameOf(entry)
    const read = readEntry(entry, recipes, refused)
    if ('recipe' in read) {
      recipes.push(read.recipe)
      return
    }
    if (name !== undefined) refused.add(name)
    const place = name === undefined ? `recipes[${index}]` : `recipes[${index}] "${sanitizeText(name)}"`
    problems.push(...read.problems.map((problem) => `${place}: ${problem}`))
  })
  if (problems.length > 0) throw new KospigraphError('CONFIGURATION', `${file}: ${problems.join('; ')}`)
  return recipes
}

function nameOf(entry: unknown): string | undefined {
  const name: unknown =
    typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : undefined
  return typeof name === 'string' && name !== '' ? name : undefined
}

type Read = { readonly recipe: Recipe } | { readonly problems: string[] }

/**
 * Reads one entry.
 * @param refused names of earlier entries with problems; they cannot be extended
 */
function readEntry(entry: unknown, known: readonly Recipe[], refused: ReadonlySet<string>): Read {
  const parsed = entrySchema.safeParse(entry)
  if (!parsed.success) return { problems: parsed.error.issues.map(describeIssue) }
  const { extends: baseName, description, ...given } = parsed.data
  const names = known.map(({ name }) => name)
  if ([...names, ...refused].includes(given.name))
    return { problems: [`name: "${given.name}" is taken; choose another`] }
  if (given.name === PERSISTENCE) {
    return { problems: [`name: "${PERSISTENCE}" is the name of the naive baseline; choose another`] }
  }
  const base = known.find(({ name }) => name === baseName)
  if (base === undefined && refused.has(baseName)) {
    return {
      problems: [`extends: recipe "${sanitizeText(baseName)}" has problems of its own; correct it first`],
    }
  }
  if (base === undefined) {
    return {
      problems: [`extends: there is no recipe "${sanitizeText(baseName)}"; use one of ${names.join(', ')}`],
    }
  }
  const recipe: Recipe = {
    ...base,
    ...definedFields(given),
    description: description ?? `As ${baseName}, with changes of its own.`,
  }
  const problems = [...sizeViolations(architectureOf(recipe), trainingOf(recipe), recipe.windowSamples)].map(
    inFieldNames,
  )
  if (recipe.head === 'sigmoid' && recipe.scaler !== 'minMax') {
    problems.push('head: sigmoid cannot reach the labels of a standard scaler; use minMax, or a linear head')
  }
  return problems.length > 0 ? { problems } : { recipe }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const fields = Object.keys(entrySchema.shape).join(', ')
    return `${issue.keys.map(sanitizeText).join(', ')}: is not a field of a recipe; the fields are ${fields}`
  }
  if (issue.path.length === 0) return 'must be an object with name, extends and the fields that it changes'
  return `${issue.path.join('.')}: ${issue.message}`
}

type GivenFields = Partial<Omit<Recipe, 'name'>> & Pick<Recipe, 'name'>

/** Removes fields whose value is undefined: they would hide those of the base. */
function definedFields(given: {
  readonly [Field in keyof GivenFields]: GivenFields[Field] | undefined
}): GivenFields {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as unknown as GivenFields
}

/** Replaces the engine's names, lookback and sampleCount, by the recipe's, lookbackBars and windowSamples. */
function inFieldNames(violation: string): string {
  return violation.replace(/^lookback\b/, 'lookbackBars').replace(/\bsampleCount\b/, 'windowSamples')
}

const wholeSchema = z.strictObject(entrySchema.omit({ extends: true }).required().shape)

/** Returns a stored recipe, or undefined where its fields are not those of this version of the program. */
export function readRecipe(config: unknown): Recipe | undefined {
  const parsed = wholeSchema.safeParse(config)
  return parsed.success ? parsed.data : undefined
}
