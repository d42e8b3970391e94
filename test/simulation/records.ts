/** Reads the database for the checks. */
import type pg from 'pg'
import type { Session } from '../../src/domain/calendar/session.js'

export interface Records {
  readonly nights: readonly {
    readonly date: Session
    readonly status: string
    readonly trigger: string
    readonly reason: string | null
    readonly expected: number | null
    readonly ended: boolean
    readonly nextTryAt: Date | null
  }[]
  readonly outcomes: readonly {
    readonly date: Session
    readonly code: string
    readonly recipe: string
    readonly status: string
    readonly errorCode: string | null
    readonly errorMessage: string | null
    readonly forecastTarget: Session | null
    readonly forecastCode: string | null
    readonly versionCode: string | null
    readonly versionRecipe: string | null
    readonly versionLast: Session | null
  }[]
  readonly forecasts: readonly {
    readonly code: string
    readonly target: Session
    readonly basedOn: Session
    readonly origin: string
    readonly servedBy: string
    readonly predictedClose: number
    readonly persistenceClose: number
    readonly createdAt: Date
    readonly actualClose: number | null
    readonly realised: boolean
    /** Number of predictions of persistence stored with it. */
    readonly persistencePredictions: number
    readonly contender: string
    readonly version: string | null
    readonly versionRecipe: string | null
    readonly versionLast: Session | null
  }[]
  /** By symbol, oldest first. */
  readonly promotions: readonly {
    readonly code: string
    readonly number: number
    readonly kind: string
    readonly contender: string
    readonly pinned: string | null
    readonly effectiveFrom: Session
    readonly evaluation: {
      readonly sessions: number
      readonly skill: number | null
      readonly pValue: number | null
    } | null
    readonly replaces: number | null
    readonly restores: number | null
    /** Contender of the decision that it replaces; null for persistence from the start. */
    readonly replaced: string | null
    readonly at: Date
  }[]
  /** Points of the recipes' walk-forwards. */
  readonly walked: readonly {
    readonly code: string
    readonly recipe: string
    readonly target: Session
    readonly predicted: number
    readonly previous: number
    readonly refitEvery: number
  }[]
  readonly bars: readonly { readonly code: string; readonly session: Session; readonly close: number }[]
  readonly revisions: number
  /**
   * Versions without an outcome or a run, with a gap in their numbers, without weights, made twice in one night,
   * or made from bars of another session.
   */
  readonly oddVersions: readonly string[]
  readonly jobs: readonly {
    readonly task: string
    readonly key: string | null
    readonly waits: boolean
    readonly attempts: number
  }[]
}

export async function readRecords(database: pg.Client): Promise<Records> {
  const all = async <Row extends object>(sql: string): Promise<Row[]> => (await database.query<Row>(sql)).rows
  const [count] = await all<{ count: number }>('SELECT count(*)::int FROM bar_revision')
  return {
    nights: await all(
      `SELECT date::text, status, trigger, reason, expected, finished_at IS NOT NULL AS ended,
              next_try_at AS "nextTryAt" FROM night ORDER BY date`,
    ),
    outcomes: await all(
      `SELECT date::text, symbol.code, outcome.recipe_name AS recipe, outcome.status,
              error_code AS "errorCode", error_message AS "errorMessage",
              forecast.target_session::text AS "forecastTarget", forecast_symbol.code AS "forecastCode",
              version_symbol.code AS "versionCode", version.recipe_name AS "versionRecipe",
              version.window_last::text AS "versionLast"
       FROM night_outcome AS outcome JOIN symbol ON symbol.id = outcome.symbol_id
       LEFT JOIN forecast ON forecast.id = outcome.forecast_id
       LEFT JOIN symbol AS forecast_symbol ON forecast_symbol.id = forecast.symbol_id
       LEFT JOIN model_version AS version ON version.id = outcome.model_version_id
       LEFT JOIN symbol AS version_symbol ON version_symbol.id = version.symbol_id
       ORDER BY date, symbol.code, outcome.recipe_name`,
    ),
    forecasts: await all(
      `SELECT symbol.code, target_session::text AS target, based_on_session::text AS "basedOn", forecast.origin,
              served_by AS "servedBy", predicted_close AS "predictedClose", persistence_close AS "persistenceClose",
              forecast.created_at AS "createdAt", actual_close AS "actualClose", realised_at IS NOT NULL AS realised,
              (SELECT count(*)::int FROM prediction WHERE forecast_id = forecast.id AND contender = 'persistence')
                AS "persistencePredictions",
              contender, version.id AS version, version.recipe_name AS "versionRecipe",
              version.window_last::text AS "versionLast"
       FROM forecast JOIN symbol ON symbol.id = symbol_id
       LEFT JOIN model_version AS version ON version.id = model_version_id ORDER BY target_session, symbol.code`,
    ),
    promotions: await all(
      `SELECT symbol.code, entry.number, entry.kind, entry.contender, entry.pinned_version_id AS pinned,
              entry.effective_from::text AS "effectiveFrom", entry.evaluation, entry.replaces, entry.restores,
              replaced.contender AS replaced, entry.at
       FROM promotion AS entry JOIN symbol ON symbol.id = entry.symbol_id
       LEFT JOIN promotion AS replaced ON replaced.symbol_id = entry.symbol_id AND replaced.number = entry.replaces
       ORDER BY symbol.code, entry.number`,
    ),
    walked: await all(
      `SELECT code, contender AS recipe, target_session::text AS target, predicted_close AS predicted,
              previous_close AS previous, refit_every AS "refitEvery"
       FROM prediction JOIN symbol ON symbol.id = symbol_id WHERE refit_every IS NOT NULL`,
    ),
    bars: await all('SELECT code, session::text, close FROM bar JOIN symbol ON symbol.id = symbol_id'),
    revisions: count?.count ?? 0,
    oddVersions: (
      await all<{ version: string }>(
        `SELECT symbol.code || ' ' || recipe_name || ' ' || number AS version FROM (
           SELECT *, row_number() OVER (PARTITION BY symbol_id, recipe_name ORDER BY number) AS place,
                  count(night) OVER (PARTITION BY symbol_id, recipe_name, night) AS of_night
           FROM model_version
         ) AS version JOIN symbol ON symbol.id = symbol_id
         WHERE number <> place OR of_night > 1 OR night <> window_last OR NOT EXISTS (SELECT FROM model_member WHERE model_version_id = version.id) OR NOT (
           EXISTS (SELECT FROM night_outcome WHERE model_version_id = version.id) OR
           EXISTS (SELECT FROM run WHERE model_version_id = version.id)
         )`,
      )
    ).map(({ version }) => version),
    jobs: await all(
      `SELECT task.identifier AS task, key, run_at > now() AS waits, attempts
       FROM graphile_worker._private_jobs AS job JOIN graphile_worker._private_tasks AS task ON task.id = task_id`,
    ),
  }
}

/**
 * Tables whose rows never change or disappear, except for the named columns. A night that starts again replaces
 * outcomes without a result.
 */
const KEPT: readonly {
  readonly table: string
  readonly without: readonly string[]
  readonly where?: string
}[] = [
  { table: 'forecast', without: ['actual_close', 'realised_at'] },
  { table: 'model_version', without: ['adjusted_version'] },
  { table: 'model_member', without: [] },
  // A manual retrain's prediction may become a night's own.
  { table: 'prediction', without: ['forecast_id', 'recipe_hash', 'refit_every'] },
  { table: 'promotion', without: [] },
  { table: 'recipe', without: [] },
  { table: 'night_outcome', without: [], where: "status IN ('SUCCEEDED', 'ALREADY_ISSUED')" },
  { table: 'bar_revision', without: [] },
  { table: 'data_version', without: [] },
  { table: 'ingestion', without: [] },
  { table: 'sync_attempt', without: [] },
]

/** Counts each kept row, by its table and a hash of its columns. */
export async function readKept(database: pg.Client): Promise<ReadonlyMap<string, number>> {
  const kept = new Map<string, number>()
  for (const { table, without, where = 'true' } of KEPT) {
    const { rows } = await database.query<{ hash: string; count: number }>(
      `SELECT md5((to_jsonb(kept) - $1::text[])::text) AS hash, count(*)::int FROM ${table} AS kept
       WHERE ${where} GROUP BY hash`,
      [without],
    )
    for (const { hash, count } of rows) kept.set(`${table} ${hash}`, count)
  }
  return kept
}
