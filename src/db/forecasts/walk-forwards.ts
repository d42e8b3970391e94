/** Reads and stores walk-forward points of contenders, directly through `pg` because a night reads thousands. */
import type pg from 'pg'
import type { Session } from '../../domain/calendar/session.js'

/** A recipe's prediction of a session that its fit had not seen. */
export interface WalkForwardPoint {
  readonly targetSession: Session
  readonly predictedClose: number
  /** The close of the session before, as known then. */
  readonly previousClose: number
  /** Sessions that one fit serves; 1 for a point of a night. */
  readonly refitEvery: number
  /** The data version that it was computed from; its prices are those stored then for the session before. */
  readonly dataVersion: number
}

export interface NewWalkForwardPoint extends WalkForwardPoint {
  readonly symbolId: number
  readonly recipeName: string
  readonly recipeHash: string
  readonly basedOnSession: Session
  readonly scaledOutput: number
  readonly saturated: boolean
}

export interface HashedName {
  readonly name: string
  readonly hash: string
}

/** By symbol id, then by recipe name; in session order. */
export type WalkForwards = ReadonlyMap<number, ReadonlyMap<string, readonly WalkForwardPoint[]>>

/** One symbol of the market with its newest sessions, in order; the arrays have equal length. */
export interface MarketSeries {
  readonly closes: readonly number[]
  readonly flags: readonly number[]
  /** The contender's prediction of each session, on the scale of the closes; null where there is none. */
  readonly points: readonly (number | null)[]
}

export interface MarketSample {
  /** The last session; only symbols with a bar of it are taken. */
  readonly to: Session
  readonly simulated: boolean
  /** Null for persistence, whose predictions are the previous closes. */
  readonly recipe: HashedName | null
  /** Most symbols taken. */
  readonly symbols: number
  /** Most bars taken of each symbol. */
  readonly bars: number
}

export interface WalkForwardStore {
  /** Points of the recipes with target sessions from `from` to `to`, both included. */
  points(
    symbolIds: readonly number[],
    recipes: readonly HashedName[],
    range: { readonly from: Session; readonly to: Session },
  ): Promise<WalkForwards>
  /** Predictions of one version, which may have served for many sessions, in session order; at most 1,000. */
  ofVersion(modelVersionId: string): Promise<readonly WalkForwardPoint[]>
  /** Stores backfilled points; a point that is stored already stays unchanged. */
  add(points: readonly NewWalkForwardPoint[], at: Date): Promise<void>
  /** A fixed pseudo-random sample of the market's symbols. */
  market(sample: MarketSample): Promise<readonly MarketSeries[]>
}

const POINT = `target_session AS "targetSession", predicted_close AS "predictedClose",
  previous_close AS "previousClose", refit_every AS "refitEvery", data_version AS "dataVersion"`

/** What applied actions after a session, up to $2, multiply its stored prices by. */
const APPLIED_AFTER = (session: string): string => `
  CASE WHEN acted THEN (SELECT product(ratio) FROM corporate_action
    WHERE symbol_id = chosen.id AND applied AND ended_version IS NULL AND session > ${session} AND session <= $2::date)
  ELSE 1 END`

/** What back-adjustments since a prediction multiplied the stored price of its base session by. */
const ADJUSTED_SINCE = `
  CASE WHEN adjusted THEN (SELECT product(ratio) FROM price_adjustment
    WHERE symbol_id = chosen.id AND price_adjustment.data_version > prediction.data_version
      AND based_on_session BETWEEN first_session AND last_session)
  ELSE 1 END`

/** Takes symbols in order of a hash of their codes, so that the sample favours no range of codes. */
const MARKET = `
  WITH chosen AS (
    SELECT id,
           EXISTS (SELECT FROM corporate_action WHERE symbol_id = symbol.id AND applied AND ended_version IS NULL) AS acted,
           EXISTS (SELECT FROM price_adjustment WHERE symbol_id = symbol.id) AS adjusted
    FROM symbol
    WHERE simulated = $1 AND EXISTS (SELECT FROM bar WHERE symbol_id = symbol.id AND session = $2::date)
    ORDER BY md5(code) LIMIT $3
  )
  SELECT newest."symbolId", newest.flags, newest.close * ${APPLIED_AFTER('newest.session')} AS close,
         predicted_close * ${APPLIED_AFTER('based_on_session')} * ${ADJUSTED_SINCE} AS predicted
  FROM chosen CROSS JOIN LATERAL (
    SELECT symbol_id AS "symbolId", session, close, flags FROM bar
    WHERE symbol_id = chosen.id AND session <= $2::date ORDER BY session DESC LIMIT $4
  ) AS newest
  LEFT JOIN prediction ON prediction.symbol_id = newest."symbolId" AND prediction.contender = $5
    AND prediction.recipe_hash = $6 AND prediction.target_session = newest.session AND prediction.refit_every IS NOT NULL
  ORDER BY newest."symbolId", newest.session`

/** Most points read of a version; only one that was pinned for years has more. */
const VERSION_POINTS = 1_000

/** @param writePool for `add`, which may wait for a symbol's lock */
export function createWalkForwardStore(pool: pg.Pool, writePool: pg.Pool): WalkForwardStore {
  return {
    async points(symbolIds, recipes, { from, to }) {
      const { rows } = await pool.query<WalkForwardPoint & { symbolId: number; contender: string }>({
        name: 'walk-forward-points',
        text: `SELECT symbol_id AS "symbolId", contender, ${POINT}
               FROM prediction JOIN unnest($2::text[], $3::text[]) AS recipe (name, hash)
                 ON contender = recipe.name AND recipe_hash = recipe.hash
               WHERE symbol_id = ANY($1::int[]) AND refit_every IS NOT NULL AND target_session BETWEEN $4 AND $5
               ORDER BY symbol_id, contender, target_session`,
        values: [symbolIds, recipes.map(({ name }) => name), recipes.map(({ hash }) => hash), from, to],
      })
      const found = new Map<number, Map<string, WalkForwardPoint[]>>()
      for (const { symbolId, contender, ...point } of rows) {
        const ofSymbol = found.get(symbolId) ?? new Map<string, WalkForwardPoint[]>()
        found.set(symbolId, ofSymbol)
        const ofRecipe = ofSymbol.get(contender) ?? []
        ofSymbol.set(contender, ofRecipe)
        ofRecipe.push(point)
      }
      return found
    },

    async ofVersion(modelVersionId) {
      const { rows } = await pool.query<WalkForwardPoint>(
        `SELECT target_session AS "targetSession", predicted_close AS "predictedClose",
           previous_close AS "previousClose", coalesce(refit_every, 1) AS "refitEvery",
           data_version AS "dataVersion"
         FROM prediction WHERE model_version_id = $1 ORDER BY target_session DESC LIMIT $2`,
        [modelVersionId, VERSION_POINTS],
      )
      return rows.reverse()
    },

    async add(points, at) {
      if (points.length === 0) return
      const column = <Key extends keyof NewWalkForwardPoint>(key: Key): NewWalkForwardPoint[Key][] =>
        points.map((point) => point[key])
      await writePool.query({
        name: 'walk-forward-add',
        text: `INSERT INTO prediction (symbol_id, contender, recipe_hash, refit_every, based_on_session, target_session,
                 predicted_close, previous_close, scaled_output, saturated, data_version, created_at)
               SELECT point.*, $12::timestamptz
               FROM unnest($1::int[], $2::text[], $3::text[], $4::smallint[], $5::date[], $6::date[], $7::float8[],
                 $8::float8[], $9::float8[], $10::bool[], $11::int[]) AS point
               ON CONFLICT DO NOTHING`,
        values: [
          ...[column('symbolId'), column('recipeName'), column('recipeHash'), column('refitEvery')],
          ...[column('basedOnSession'), column('targetSession'), column('predictedClose')],
          ...[column('previousClose'), column('scaledOutput'), column('saturated'), column('dataVersion')],
          at,
        ],
      })
    },

    async market({ to, simulated, recipe, symbols, bars }) {
      const { rows } = await pool.query<{
        symbolId: number
        close: number
        flags: number
        predicted: number | null
      }>(MARKET, [simulated, to, symbols, bars, recipe?.name ?? null, recipe?.hash ?? null])
      const series = new Map<
        number,
        { closes: number[]; flags: number[]; points: MarketSeries['points'][number][] }
      >()
      for (const { symbolId, close, flags, predicted } of rows) {
        const one = series.get(symbolId) ?? { closes: [], flags: [], points: [] }
        series.set(symbolId, one)
        one.closes.push(close)
        one.flags.push(flags)
        one.points.push(predicted)
      }
      return [...series.values()]
    },
  }
}
