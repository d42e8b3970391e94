/** Reads the files that the configuration names: recipes, calendar changes, and shares that could be sold short. */
import { readFile } from 'node:fs/promises'
import type { Config } from '../config.js'
import { NO_SHORT_SALE_LIST, parseShortSaleFile } from '../domain/backtests/short-sale-file.js'
import type { ShortSaleList } from '../domain/backtests/short-sale-file.js'
import { createCalendar } from '../domain/calendar/calendar.js'
import type { Calendar } from '../domain/calendar/calendar.js'
import { parseCalendarFile } from '../domain/calendar/calendar-file.js'
import { RECIPES, requireRecipe } from '../domain/models/recipe.js'
import type { Recipe } from '../domain/models/recipe.js'
import { KospigraphError, messageOf } from '../errors.js'
import { parseRecipeFile } from '../ml/fit/recipe-file.js'

/** The shipped recipes, and those of RECIPES_FILE if it is set. */
export async function readRecipes({ recipesFile }: Config): Promise<readonly Recipe[]> {
  if (recipesFile === undefined) return RECIPES
  return parseRecipeFile(await readNamedFile('RECIPES_FILE', recipesFile), recipesFile, RECIPES)
}

/** The calendar of the exchange, with the changes of CALENDAR_FILE if it is set. */
export async function readCalendar({ calendarFile }: Config): Promise<Calendar> {
  if (calendarFile === undefined) return createCalendar()
  return parseCalendarFile(await readNamedFile('CALENDAR_FILE', calendarFile), calendarFile)
}

/** The list of SHORT_SALE_FILE; without one, no short sale is allowed where a list is needed. */
export async function readShortSaleList({ shortSaleFile }: Config): Promise<ShortSaleList> {
  if (shortSaleFile === undefined) return NO_SHORT_SALE_LIST
  return parseShortSaleFile(await readNamedFile('SHORT_SALE_FILE', shortSaleFile), shortSaleFile)
}

/** @throws KospigraphError CONFIGURATION if NIGHT_RECIPES names an unknown recipe */
export function nightRecipesOf({ nightRecipes }: Config, recipes: readonly Recipe[]): readonly string[] {
  try {
    return (nightRecipes ?? recipes.map(({ name }) => name)).map((name) => requireRecipe(recipes, name).name)
  } catch (cause) {
    throw new KospigraphError('CONFIGURATION', `Environment: NIGHT_RECIPES: ${messageOf(cause)}`, { cause })
  }
}

async function readNamedFile(variable: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new KospigraphError('CONFIGURATION', `${variable} cannot be read: ${messageOf(cause)}`, { cause })
  }
}
