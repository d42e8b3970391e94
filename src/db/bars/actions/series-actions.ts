/** SQL that reads a symbol's confirmed actions and accepted back-adjustments as JSON, inside a statement that reads bars. */

const FIELDS = `json_build_object('session', session, 'kind', kind, 'ratio', ratio, 'applied', applied)`
const CONFIRMED = (symbol: string): string => `
  SELECT coalesce(json_agg(${FIELDS} ORDER BY session, kind), '[]') FROM corporate_action
  WHERE corporate_action.symbol_id = ${symbol} AND state = 'CONFIRMED'`

/** The actions in force now: `SeriesAction[]`. */
export const CURRENT_ACTIONS = (symbol: string): string => `(${CONFIRMED(symbol)} AND ended_version IS NULL)`

/** The actions in force in a data version. */
export const ACTIONS_KNOWN = (symbol: string, version: string): string =>
  `(${CONFIRMED(symbol)} AND data_version <= ${version} AND (ended_version IS NULL OR ended_version > ${version}))`

/** The back-adjustments up to a data version: `PriceAdjustment[]`. */
export const ADJUSTMENTS_KNOWN = (symbol: string, version: string): string => `(
  SELECT coalesce(json_agg(json_build_object('dataVersion', data_version, 'firstSession', first_session,
      'lastSession', last_session, 'ratio', ratio, 'bars', bars) ORDER BY data_version, first_session), '[]')
  FROM price_adjustment WHERE price_adjustment.symbol_id = ${symbol} AND data_version <= ${version})`
