/**
 * Simulates weeks of nights on real processes and a real database: two schedulers, three workers and an API.
 * Clock, market and provider follow a seeded plan, with kills at drawn points. The same seed gives the same plan;
 * where exactly a kill falls within a few milliseconds depends on the machine.
 */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { parseDatabaseUrl } from '../../src/db/postgres/connection.js'
import { createCalendar } from '../../src/domain/calendar/calendar.js'
import { addDays } from '../../src/domain/calendar/session.js'
import type { Session } from '../../src/domain/calendar/session.js'
import { RECIPES, windowBars } from '../../src/domain/models/recipe.js'
import { parseRecipeFile } from '../../src/ml/fit/recipe-file.js'
import { Generator } from '../../src/ml/generator.js'
import { createTestDatabase, createTestFolder } from '../support/database.js'
import { SCHEDULERS, WORKERS, startFleet } from './fleet.js'
import { CLOCK_VARIABLE, createMachineTime } from './machine-time.js'
import { makeMarket } from './market.js'
import { makePlan } from './plan.js'
import { createPlayer } from './player.js'
import { createRules } from './rules.js'
import { createScriptedProvider } from './scripted-provider.js'

export interface SimulationOptions {
  readonly weeks: number
  readonly seed: number
  readonly symbols: number
  /** Called for every day with its events, the night's result and the violations. */
  readonly onDay: (line: string) => void
}

export interface SimulationResult {
  readonly nights: number
  readonly kills: number
  readonly schedulerKills: number
  readonly workerKills: number
  /** By process. */
  readonly killed: Readonly<Record<string, number>>
  readonly skipped: number
  readonly missed: number
  /** Nights without a bar in time. */
  readonly stale: number
  readonly caughtUp: number
  readonly forecasts: number
  readonly versions: number
  /** Entries of the ledger, by kind. */
  readonly promotions: Readonly<Record<string, number>>
  readonly servedByModel: number
  /** Bars that a correction replaced. */
  readonly corrected: number
  /** Outcomes of symbols and recipes; `tooLate` are the failed ones whose target had opened. */
  readonly outcomes: {
    readonly succeeded: number
    readonly failed: number
    readonly tooLate: number
    readonly alreadyIssued: number
    readonly stale: number
  }
  readonly violations: readonly string[]
  /** From the kill of a worker with jobs until another holds the first of them. */
  readonly takeoverMs: { readonly count: number; readonly median: number; readonly max: number }
  readonly seconds: number
  readonly load: number
}

/** Chuseok of 2025 lies in the second week, the late opening of the college entrance exam in the seventh. */
const FIRST_DAY = '2025-09-29' as Session
/** Small enough that a night takes a second or two. */
const RECIPE_FILE = JSON.stringify({
  recipes: [
    { name: 'quick', extends: 'seed', windowSamples: 40, layers: 1, hidden: 4, epochs: 3 },
    { name: 'brief', extends: 'returns', windowSamples: 12, lookbackBars: 3, epochs: 2, members: 2 },
    // Learns a swing, so that there are promotions.
    {
      name: 'keen',
      extends: 'returns',
      windowSamples: 30,
      lookbackBars: 2,
      epochs: 60,
      members: 1,
      weightDecay: 0,
      learningRate: 0.01,
    },
  ],
})
/** A walk-forward short enough that symbols change their champion within some weeks. */
const LEDGER_RULES = { sessions: 10, takeoverSkill: 0.01, keepSkill: 0 }
/** Listed violations of one day; one defect often affects every symbol. */
const LISTED_VIOLATIONS = 10
const CLOCK = fileURLToPath(new URL('./clock.js', import.meta.url))

/** @returns the result; violations are reported, not thrown */
export async function playNights(options: SimulationOptions): Promise<SimulationResult> {
  const { weeks, seed, symbols, onDay } = options
  const beganMs = performance.now()
  const [load = Number.NaN] = loadavg()
  const calendar = createCalendar()
  const last = addDays(FIRST_DAY, 7 * weeks - 1)
  const generator = Generator.fromSeed(seed)
  const plan = makePlan(calendar, { generator, first: FIRST_DAY, last })
  // Scenes may end a few days later.
  const sessions = calendar.sessionsBetween(FIRST_DAY, addDays(last, 14))
  const market = makeMarket(calendar, { seed, sessions, symbols })
  const recipes = parseRecipeFile(RECIPE_FILE, 'recipes of the simulation', RECIPES)
    .slice(RECIPES.length)
    .map((recipe) => ({ ...recipe, windowBars: windowBars(recipe) }))

  const folder = await createTestFolder()
  const own = await createTestDatabase()
  const { url } = own
  const database = new pg.Client(parseDatabaseUrl(url))
  await database.connect()
  const [recipesFile, clockFile] = [path.join(folder, 'recipes.json'), path.join(folder, 'clock')]
  await writeFile(recipesFile, RECIPE_FILE)
  const time = createMachineTime(clockFile, database, new Date(`${FIRST_DAY}T12:00:00+09:00`))
  const provider = createScriptedProvider(path.join(folder, 'bars'), market, FIRST_DAY)
  const rules = createRules({ calendar, market, provider, recipes })
  const fleet = await startFleet(database, {
    DATABASE_URL: url,
    RECIPES_FILE: recipesFile,
    NIGHT_RECIPES: recipes.map(({ name }) => name).join(','),
    PROMOTION_SESSIONS: String(LEDGER_RULES.sessions),
    CSV_FOLDER: provider.folder,
    PROVIDERS: market.map(({ code }) => `${code}=csv`).join(';'),
    [CLOCK_VARIABLE]: clockFile,
    NODE_OPTIONS: `--import ${CLOCK}`,
    WORKER_SLOTS: '1',
    LOG_FORMAT: 'json',
    ML_ENGINE: 'wasm',
  })
  try {
    const player = createPlayer({
      calendar,
      database,
      fleet,
      generator,
      market,
      provider,
      rules,
      time,
      recipes,
      ledgerRules: LEDGER_RULES,
    })
    for (const name of [...SCHEDULERS, ...WORKERS]) await fleet.start(name)
    const violations: string[] = []
    const told = new Map<Session, string>()
    const tell = (date: Session): void => {
      const found = player.takeViolations()
      violations.push(...found.map((violation) => `${date}: ${violation}`))
      const nights = [...rules.nights].sort().flatMap(([of, { status, triggers }]) => {
        const now = `${status} ${triggers.join('|')}`
        if (told.get(of) === now) return []
        told.set(of, now)
        return [of === date ? now : `${of} ${now}`]
      })
      const listed = found.slice(0, LISTED_VIOLATIONS).map((one) => `\n  VIOLATION ${one}`)
      onDay(`${date}  ${[...nights, ...player.takeNotes()].join(', ')}${listed.join('')}`)
    }
    let day = plan[0]?.date
    for (const step of plan) {
      await player.retriesBefore(step)
      if (day !== undefined && day !== step.date) tell(day)
      day = step.date
      await player.play(step)
    }
    await player.retriesBefore(undefined)
    if (day !== undefined) tell(day)
    return { ...(await summarise(database)), ...tally(fleet), violations, seconds: seconds(beganMs), load }
  } finally {
    await fleet.close()
    await database.end()
    await own.drop()
  }
}

function seconds(beganMs: number): number {
  return Math.round((performance.now() - beganMs) / 1_000)
}

function tally({
  kills,
  takeovers,
}: Awaited<ReturnType<typeof startFleet>>): Pick<
  SimulationResult,
  'kills' | 'schedulerKills' | 'workerKills' | 'killed' | 'takeoverMs'
> {
  const sum = (names: readonly (keyof typeof killed)[]): number =>
    names.reduce((total, name) => total + killed[name], 0)
  const of = (name: Parameters<typeof kills.get>[0]): number => kills.get(name) ?? 0
  const killed = { s1: of('s1'), s2: of('s2'), w1: of('w1'), w2: of('w2'), w3: of('w3') }
  const times = takeovers.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b)
  return {
    kills: sum([...SCHEDULERS, ...WORKERS]),
    schedulerKills: sum(SCHEDULERS),
    workerKills: sum(WORKERS),
    killed,
    takeoverMs: {
      count: times.length,
      median: times[Math.floor(times.length / 2)] ?? Number.NaN,
      max: times.at(-1) ?? Number.NaN,
    },
  }
}

type Summary = Omit<SimulationResult, keyof ReturnType<typeof tally> | 'violations' | 'seconds' | 'load'>

async function summarise(database: pg.Client): Promise<Summary> {
  const { rows } = await database.query<Omit<Summary, 'outcomes'>>(
    `SELECT count(*)::int AS nights, count(*) FILTER (WHERE status = 'SKIPPED')::int AS skipped,
       count(*) FILTER (WHERE status = 'MISSED')::int AS missed, count(*) FILTER (WHERE status = 'STALE')::int AS stale,
       count(*) FILTER (WHERE trigger = 'CATCH_UP')::int AS "caughtUp",
       (SELECT count(*)::int FROM forecast) AS forecasts, (SELECT count(*)::int FROM model_version) AS versions,
       (SELECT count(*)::int FROM forecast WHERE served_by = 'MODEL') AS "servedByModel",
       (SELECT coalesce(jsonb_object_agg(kind, entries), '{}')
        FROM (SELECT kind, count(*) AS entries FROM promotion GROUP BY kind) AS counted) AS promotions,
       (SELECT count(*)::int FROM bar_revision) AS corrected
     FROM night`,
  )
  const [row] = rows
  const outcomes = await database.query<Summary['outcomes']>(
    `SELECT count(*) FILTER (WHERE status = 'SUCCEEDED')::int AS succeeded,
       count(*) FILTER (WHERE status = 'FAILED')::int AS failed,
       count(*) FILTER (WHERE error_code = 'TARGET_OPENED')::int AS "tooLate",
       count(*) FILTER (WHERE status = 'ALREADY_ISSUED')::int AS "alreadyIssued",
       count(*) FILTER (WHERE status = 'STALE')::int AS stale FROM night_outcome`,
  )
  if (!row || !outcomes.rows[0]) throw new Error('nothing counted')
  return { ...row, outcomes: outcomes.rows[0] }
}
