/**
 * SQL that compares a forecast with its target bar, over the relations `forecast` and `bar`.
 *
 * The close is moved to the scale of the forecast, the stored price of its base session in its data version: actions
 * between the two sessions and accepted back-adjustments of the base session since then are undone. Corrections move
 * nothing. Across a break there is nothing to compare.
 */
import { flagBit } from '../../domain/bars/bar.js'

export const IS_BREAK = `(bar.flags & ${flagBit('BREAK')} <> 0)`

const CLOSE = `bar.close / (
    SELECT product(ratio) FROM corporate_action
    WHERE corporate_action.symbol_id = forecast.symbol_id AND applied AND ended_version IS NULL
      AND session > based_on_session AND session <= target_session
  ) / (
    SELECT product(ratio) FROM price_adjustment
    WHERE price_adjustment.symbol_id = forecast.symbol_id AND price_adjustment.data_version > forecast.data_version
      AND based_on_session BETWEEN first_session AND last_session
  )`

/** Assignments of an UPDATE; `at` is the parameter with the time of the comparison. */
export const COMPARED = (at: string): string => `
  actual_close = CASE WHEN NOT ${IS_BREAK} THEN ${CLOSE} END,
  realised_at = CASE WHEN NOT ${IS_BREAK} THEN ${at}::timestamptz END,
  unscored = CASE WHEN ${IS_BREAK} THEN 'BREAK'::"UnscoredReason" END`
