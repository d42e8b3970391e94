/** Opens the engines alone, without a database. */
import type { Config } from '../config.js'
import type { Clock } from '../domain/clock.js'
import type { Logger } from '../logger.js'
import { createExamineEngines } from '../services/models/doctor.js'
import type { ExamineEngines } from '../services/models/doctor.js'
import { readCalendar, readRecipes } from './configured-files.js'
import { openEngines } from './engines.js'

export interface EngineExamination {
  readonly examineEngines: ExamineEngines
  close(): Promise<void>
}

/** @throws KospigraphError CONFIGURATION if RECIPES_FILE or CALENDAR_FILE is unusable */
export async function openEngineExamination(
  config: Config,
  log: Logger,
  clock: Clock,
): Promise<EngineExamination> {
  const [recipes, calendar] = [await readRecipes(config), await readCalendar(config)]
  const engines = openEngines(config, log)
  return {
    examineEngines: createExamineEngines({ engines, recipes, calendar, clock }),
    close: () => engines.close(),
  }
}
