/**
 * Keeps accepted back-adjustments: the steps of a delivery, the bars that they leave behind, and a row for each in
 * `price_adjustment`.
 */
import type pg from 'pg'
import type { AdjustmentStep } from '../../../domain/bars/back-adjustment.js'

/** Accepted steps of a delivery; created once a connection. */
export const STEP_TABLE = `
  CREATE TEMPORARY TABLE IF NOT EXISTS adjustment_step (ordinal int, first date, last date, ratio float8, bars int)
  ON COMMIT DELETE ROWS`

export async function stageSteps(
  client: pg.PoolClient,
  steps: readonly { readonly ordinal: number; readonly step: AdjustmentStep }[],
): Promise<void> {
  await client.query(
    `INSERT INTO adjustment_step
     SELECT * FROM unnest($1::int[], $2::date[], $3::date[], $4::float8[], $5::int[])`,
    [
      steps.map(({ ordinal }) => ordinal),
      steps.map(({ step }) => step.firstSession),
      steps.map(({ step }) => step.lastSession),
      steps.map(({ step }) => step.ratio),
      steps.map(({ step }) => step.sessions),
    ],
  )
}

/**
 * Withdraws stored bars inside an accepted step that the delivery does not replace, because it lacks or rejected them:
 * their prices are of another scale than their neighbours'. A ratio that moves a close by no more than its rounding leaves
 * it where it is.
 */
export const LEFT_BEHIND = `
  INSERT INTO bar_change
  SELECT bar.symbol_id, bar.session, 'withdrawn', true
  FROM adjustment_step AS step JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id
  JOIN bar ON bar.symbol_id = symbol.id AND bar.session BETWEEN step.first AND step.last
  WHERE abs(bar.close * step.ratio - bar.close) > 10.0::float8 ^ (-decimals)
    AND NOT EXISTS (SELECT FROM staged_bar WHERE staged_bar.ordinal = step.ordinal AND staged_bar.session = bar.session)`

/** Whether a corrected row lies inside an accepted step. */
export const IN_A_STEP = `EXISTS (
  SELECT FROM adjustment_step AS step WHERE step.ordinal = staged_bar.ordinal AND session BETWEEN step.first AND step.last)`

/** Stores the accepted steps under the symbols' new data versions. */
export async function storeSteps(client: pg.PoolClient, ingestionId: number): Promise<void> {
  await client.query(
    `INSERT INTO price_adjustment (symbol_id, data_version, first_session, last_session, ratio, bars, ingestion_id)
     SELECT symbol_id, data_version, first, last, ratio, bars, $1
     FROM adjustment_step JOIN staged_symbol USING (ordinal) JOIN symbol ON symbol.id = symbol_id`,
    [ingestionId],
  )
}
