/** Reads corporate actions and accepted back-adjustments of a symbol. */
import type { ActionState, CorporateAction } from '../../../domain/bars/actions/corporate-action.js'
import type { PriceAdjustment } from '../../../domain/bars/actions/price-adjustment.js'
import type pg from 'pg'

export interface StoredAdjustment extends PriceAdjustment {
  /** The delivery that brought it, as `source:label`. */
  readonly source: string
  readonly knownAt: Date
}

/** An action of a symbol, with the number of stored bars before it. */
export interface ListedAction extends CorporateAction {
  readonly symbol: string
  /** Stored bars that the action multiplies when they are read adjusted; 0 where it is not applied. */
  readonly bars: number
}

export interface CorporateActionFilter {
  /** Null lists all symbols. */
  readonly symbolId: number | null
  readonly state: ActionState | null
}

export interface CorporateActionStore {
  /** Current forms, newest session first. */
  actions(filter: CorporateActionFilter, limit: number): Promise<ListedAction[]>
  /** Every form of one symbol's actions, newest first: the current ones and those that a change ended. */
  history(symbolId: number, limit: number): Promise<ListedAction[]>
  /** Newest first. */
  adjustments(symbolId: number, limit: number): Promise<StoredAdjustment[]>
}

const FIELDS = `
  symbol.code AS symbol, session, action.kind, ratio, state, applied, source, note, action.data_version AS "dataVersion",
  known_at AS "knownAt",
  CASE WHEN applied THEN (SELECT count(*)::int FROM bar WHERE bar.symbol_id = action.symbol_id AND bar.session < action.session)
    ELSE 0 END AS bars`

export function createCorporateActionStore(pool: pg.Pool): CorporateActionStore {
  return {
    async actions({ symbolId, state }, limit) {
      const { rows } = await pool.query<ListedAction>(
        `SELECT ${FIELDS} FROM corporate_action AS action JOIN symbol ON symbol.id = symbol_id
         WHERE ended_version IS NULL AND ($1::int IS NULL OR symbol_id = $1) AND ($2::text IS NULL OR state::text = $2)
         ORDER BY session DESC, code, action.kind LIMIT $3`,
        [symbolId, state, limit],
      )
      return rows
    },

    async history(symbolId, limit) {
      const { rows } = await pool.query<ListedAction>(
        `SELECT ${FIELDS} FROM corporate_action AS action JOIN symbol ON symbol.id = symbol_id
         WHERE symbol_id = $1 ORDER BY action.data_version DESC, session DESC, action.kind LIMIT $2`,
        [symbolId, limit],
      )
      return rows
    },

    async adjustments(symbolId, limit) {
      const { rows } = await pool.query<StoredAdjustment>(
        `SELECT price_adjustment.data_version AS "dataVersion", first_session AS "firstSession",
                last_session AS "lastSession", ratio, bars, source || ':' || label AS source, at AS "knownAt"
         FROM price_adjustment JOIN ingestion ON ingestion.id = ingestion_id
         WHERE symbol_id = $1 ORDER BY price_adjustment.data_version DESC, first_session DESC LIMIT $2`,
        [symbolId, limit],
      )
      return rows
    },
  }
}
