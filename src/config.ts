/** The only reader of the environment. It parses every variable once, and reports invalid ones by name. */
import path from 'node:path'
import { z } from 'zod'
import { parseProviderChains } from './domain/sync/provider-chains.js'
import type { ProviderChains } from './domain/sync/provider-chains.js'
import { DEFAULT_RULES } from './domain/forecasts/promotion.js'
import type { PromotionRules } from './domain/forecasts/promotion.js'
import { defaultSchedule } from './domain/nights/default-schedule.js'
import { parseSchedule } from './domain/nights/schedule-expression.js'
import { KospigraphError, messageOf } from './errors.js'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])

const vendorUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  .transform((url) => url.replace(/\/+$/, ''))

const providerChains = z
  .string()
  .default('')
  .transform((text, context) => {
    try {
      return parseProviderChains(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
      return z.NEVER
    }
  })

const schedule = z.string().transform((text, context) => {
  try {
    return parseSchedule(text, 'it')
  } catch (error) {
    // The name of the variable already precedes the message.
    context.addIssue({ code: 'custom', message: messageOf(error).replace(/^it: /, '') })
    return z.NEVER
  }
})

/** A comma-separated list, such as `seed,returns`. */
const names = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))].filter(Boolean))

const numberBetween = (min: number, max: number, fallback: number) => {
  const error = `must be a number from ${min} to ${max}`
  return z.coerce.number({ error }).min(min, error).max(max, error).default(fallback)
}

/** A key is sent in a header, so that it can hold no blank and no line break; the message never has the key. */
const vendorKey = z
  .string()
  .regex(
    /^[\x21-\x7e]{8,1000}$/,
    'must be 8 to 1,000 characters without blanks; copy it without a line break',
  )
/** By the terms of the exchange's Open API. */
const KRX_CALLS_A_DAY = 10_000

const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
    .optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(4000),
  HEALTH_PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).optional(),
  API_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  KOSPIGRAPH_HOME: z.string().min(1).default('.kospigraph'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['pretty', 'json']).default('pretty'),
  NO_COLOR: z.string().optional(),
  FORCE_COLOR: z.string().optional(),
  RECIPES_FILE: z.string().min(1).optional(),
  CALENDAR_FILE: z.string().min(1).optional(),
  SHORT_SALE_FILE: z.string().min(1).optional(),
  ML_ENGINE: z.enum(['auto', 'wasm', 'tensorflow']).default('auto'),
  ML_THREADS: z.coerce.number({ error: 'must be a number of threads' }).int().min(1).max(256).optional(),
  PROVIDERS: providerChains,
  YAHOO_URL: vendorUrl.default('https://query1.finance.yahoo.com'),
  NAVER_URL: vendorUrl.default('https://api.finance.naver.com'),
  KRX_URL: vendorUrl.default('https://data-dbg.krx.co.kr'),
  KRX_API_KEY: vendorKey.optional(),
  KRX_DAILY_CALLS: numberBetween(1, KRX_CALLS_A_DAY, KRX_CALLS_A_DAY).pipe(z.int('must be a whole number')),
  KIS_URL: vendorUrl.default('https://openapi.koreainvestment.com:9443'),
  KIS_APP_KEY: vendorKey.optional(),
  KIS_APP_SECRET: vendorKey.optional(),
  CSV_FOLDER: z.string().min(1).optional(),
  WORKER_SLOTS: z.coerce
    .number({ error: 'must be a number of jobs at a time' })
    .int()
    .min(1)
    .max(32)
    .default(2),
  NIGHT_SCHEDULE: schedule.optional(),
  PROMOTION_SESSIONS: numberBetween(8, 250, DEFAULT_RULES.sessions).pipe(z.int('must be a whole number')),
  PROMOTION_SKILL: numberBetween(0, 0.99, DEFAULT_RULES.takeoverSkill),
  PROMOTION_P_VALUE: numberBetween(0, 1, DEFAULT_RULES.pValue),
  PROMOTION_KEEP_SKILL: numberBetween(-1, 0.99, DEFAULT_RULES.keepSkill),
  PROMOTION_LOSS_FACTOR: numberBetween(1, 1000, DEFAULT_RULES.lossFactor),
  NIGHT_RECIPES: names
    .refine((all) => all.length > 0, 'must name at least one recipe, as in seed,returns')
    .optional(),
})

export interface Config {
  /** URL of a PostgreSQL server; undefined means the embedded one. */
  readonly databaseUrl: string | undefined
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Port of the health endpoint on loopback; undefined means none, 0 lets the system choose. */
  readonly healthPort: number | undefined
  readonly apiToken: string | undefined
  /** Absolute folder of the embedded database. */
  readonly home: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly logFormat: 'pretty' | 'json'
  /** Whether the log is coloured; `auto` means on a terminal. */
  readonly logColour: 'auto' | 'always' | 'never'
  /** Absolute path of the file with the user's own recipes; undefined means none. */
  readonly recipesFile: string | undefined
  /** Absolute path of the file with closures and sessions that the calendar lacks; undefined means none. */
  readonly calendarFile: string | undefined
  /** Absolute path of the list of shares that could be sold short in partial bans; undefined means none. */
  readonly shortSaleFile: string | undefined
  /** Engine that executes fits; `auto` chooses one for each run. */
  readonly mlEngine: 'auto' | 'wasm' | 'tensorflow'
  /** Number of worker threads that fit; undefined means one for each core. */
  readonly mlThreads: number | undefined
  /** Providers that a sync asks, by symbol. */
  readonly providers: ProviderChains
  /** Without a trailing slash, like `naverUrl`. */
  readonly yahooUrl: string
  readonly naverUrl: string
  readonly krxUrl: string
  /** Key of the exchange's Open API; undefined without one. */
  readonly krxApiKey: string | undefined
  /** Most requests a day to the exchange's Open API. */
  readonly krxDailyCalls: number
  readonly kisUrl: string
  /** Key and secret of Korea Investment's API; undefined without them. */
  readonly kisKeys: { readonly appKey: string; readonly appSecret: string } | undefined
  /** Absolute path of the folder that the provider `csv` reads. */
  readonly csvFolder: string | undefined
  /** Number of jobs that a worker runs at a time. */
  readonly workerSlots: number
  /** Cron expression of the nights: five fields, in Korean time. */
  readonly nightSchedule: string
  /** Names of the recipes that nights fit; undefined means all. */
  readonly nightRecipes: readonly string[] | undefined
  /** Rules for promoting a recipe and for returning to persistence. */
  readonly promotionRules: PromotionRules
}

/**
 * @param environment variables of the process; an empty value counts as not set
 * @param folder base of relative paths
 * @throws KospigraphError CONFIGURATION that names every invalid variable
 */
export function parseConfig(environment: NodeJS.ProcessEnv, folder: string): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
    throw new KospigraphError('CONFIGURATION', `Environment: ${problems.join('; ')}`)
  }
  const { HOST, API_TOKEN, ...rest } = parsed.data
  if (rest.PROMOTION_KEEP_SKILL > rest.PROMOTION_SKILL) {
    const message =
      'Environment: PROMOTION_KEEP_SKILL must not exceed PROMOTION_SKILL, or a recipe could lose its promotion on the next night'
    throw new KospigraphError('CONFIGURATION', message)
  }
  requireKeys(rest)
  const { KIS_APP_KEY: appKey, KIS_APP_SECRET: appSecret } = rest
  return Object.freeze({
    databaseUrl: rest.DATABASE_URL,
    host: HOST,
    port: rest.PORT,
    healthPort: rest.HEALTH_PORT,
    apiToken: API_TOKEN,
    home: path.resolve(folder, rest.KOSPIGRAPH_HOME),
    logLevel: rest.LOG_LEVEL,
    logFormat: rest.LOG_FORMAT,
    logColour: colourOf(rest.FORCE_COLOR, rest.NO_COLOR),
    recipesFile: rest.RECIPES_FILE === undefined ? undefined : path.resolve(folder, rest.RECIPES_FILE),
    calendarFile: rest.CALENDAR_FILE === undefined ? undefined : path.resolve(folder, rest.CALENDAR_FILE),
    shortSaleFile:
      rest.SHORT_SALE_FILE === undefined ? undefined : path.resolve(folder, rest.SHORT_SALE_FILE),
    mlEngine: rest.ML_ENGINE,
    mlThreads: rest.ML_THREADS,
    providers: rest.PROVIDERS,
    yahooUrl: rest.YAHOO_URL,
    naverUrl: rest.NAVER_URL,
    krxUrl: rest.KRX_URL,
    krxApiKey: rest.KRX_API_KEY,
    krxDailyCalls: rest.KRX_DAILY_CALLS,
    kisUrl: rest.KIS_URL,
    kisKeys: appKey === undefined || appSecret === undefined ? undefined : { appKey, appSecret },
    csvFolder: rest.CSV_FOLDER === undefined ? undefined : path.resolve(folder, rest.CSV_FOLDER),
    workerSlots: rest.WORKER_SLOTS,
    nightSchedule: rest.NIGHT_SCHEDULE ?? defaultSchedule(rest.PROVIDERS),
    nightRecipes: rest.NIGHT_RECIPES,
    promotionRules: {
      sessions: rest.PROMOTION_SESSIONS,
      takeoverSkill: rest.PROMOTION_SKILL,
      pValue: rest.PROMOTION_P_VALUE,
      keepSkill: rest.PROMOTION_KEEP_SKILL,
      lossFactor: rest.PROMOTION_LOSS_FACTOR,
    },
  })
}

/** Refuses a configuration that names a provider without what it needs. */
function requireKeys(
  given: Pick<
    z.infer<typeof schema>,
    'PROVIDERS' | 'CSV_FOLDER' | 'KRX_API_KEY' | 'KIS_APP_KEY' | 'KIS_APP_SECRET'
  >,
): void {
  const needs = [
    ['csv', 'CSV_FOLDER', 'the folder to read'],
    ['krx', 'KRX_API_KEY', 'your key of openapi.krx.co.kr'],
    ['kis', 'KIS_APP_KEY', 'the key of your account there'],
    ['kis', 'KIS_APP_SECRET', 'the secret of your account there'],
  ] as const
  for (const [provider, variable, what] of needs) {
    if (!given.PROVIDERS.providers.has(provider) || given[variable] !== undefined) continue
    const message = `Environment: PROVIDERS names ${provider}, but ${variable} is not set; set it to ${what}`
    throw new KospigraphError('CONFIGURATION', message)
  }
}

/** Follows Node: FORCE_COLOR decides, or NO_COLOR if that is not set. */
function colourOf(force: string | undefined, no: string | undefined): Config['logColour'] {
  if (force !== undefined) return force === '0' || force === 'false' ? 'never' : 'always'
  return no === undefined ? 'auto' : 'never'
}

/** Refuses to listen beyond loopback without a token. */
export function requireSafeHost(config: Config): void {
  if (LOOPBACK.has(config.host) || config.apiToken !== undefined) return
  throw new KospigraphError(
    'CONFIGURATION',
    `HOST ${config.host} is not loopback, so every client in the network could connect without a token; ` +
      'set API_TOKEN to at least 16 characters, or leave HOST at 127.0.0.1',
  )
}
