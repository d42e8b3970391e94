/** Databases that an earlier release has filled, brought up to this one. */
import { cp, readdir } from 'node:fs/promises'
import path from 'node:path'
import { parseConfig } from '../../../src/config.js'
import { openPlatform } from '../../../src/compose/platform.js'
import { createPool } from '../../../src/db/postgres/connection.js'
import { applyMigrations } from '../../../src/db/postgres/migrate.js'
import { MIGRATIONS_FOLDER } from '../../../src/db/postgres/migration-files.js'
import { createLogger } from '../../../src/logger.js'
import { createTestDatabase, createTestFolder } from '../../support/database.js'

const FIRST = { limit: 10, fromEnd: false, after: undefined, before: undefined }

/** The migrations before the one named, in a folder of their own. */
async function migrationsBefore(name: string): Promise<string> {
  const folder = await createTestFolder()
  const names = (await readdir(MIGRATIONS_FOLDER, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name < name)
    .map((entry) => entry.name)
  for (const each of names)
    await cp(path.join(MIGRATIONS_FOLDER, each), path.join(folder, each), { recursive: true })
  return folder
}

describe('a database from before corrections', () => {
  it('keeps its bars, deliveries and rejected rows, and answers as-of queries', async () => {
    const database = await createTestDatabase({ empty: true })
    const pool = createPool(database.connection, { max: 2 })
    await applyMigrations(pool, { folder: await migrationsBefore('20261124194614') })
    await pool.query(`
      INSERT INTO symbol (code, name, kind, decimals, data_version, created_at)
        VALUES ('KOSPI', 'KOSPI', 'INDEX', 2, 2, '2024-01-02 08:00+00');
      INSERT INTO ingestion (source, label, checksum, received_rows, stored_rows, unchanged_rows, rejected_rows, at)
        VALUES ('FILE', 'old.csv', 'aa', 4, 2, 0, 2, '2024-01-04 08:00+00'),
               ('API', 'desk', 'bb', 1, 1, 0, 0, '2024-01-04 08:00+00');
      INSERT INTO bar (symbol_id, session, open, high, low, close, volume, ingestion_id, known_at, data_version)
        VALUES (1, '2024-01-02', 10, 12, 9, 11, 5, 1, '2024-01-04 08:00+00', 1),
               (1, '2024-01-03', 10, 12, 9, 11.5, 5, 1, '2024-01-04 08:00+00', 1),
               (1, '2024-01-04', 10, 12, 9, 12, 5, 2, '2024-01-04 08:00+00', 2);
      INSERT INTO rejected_row (ingestion_id, ordinal, row, symbol, session, field, value, code, message)
        VALUES (1, 1, 3, 'KOSPI', '2024-01-06', 'session', '2024-01-06', 'CLOSED_DAY', 'no session'),
               (1, 2, 4, 'KOSPI', '2024-01-02', 'close', '12', 'CONFLICT', 'close 11 is stored')`)

    // As a start does it: what is missing is applied before anything is read.
    const environment = { DATABASE_URL: database.url, LOG_LEVEL: 'silent', PORT: '0', ML_THREADS: '1' }
    const config = parseConfig(environment, '/')
    const clock = { now: () => new Date('2024-01-10T12:00:00Z') }
    const platform = await openPlatform(config, createLogger(config), clock)
    let server: Awaited<ReturnType<typeof platform.listen>> | undefined
    try {
      const { services } = platform
      const { items } = await services.ingestions.excludedRows(1, undefined, FIRST)
      expect(items).toMatchObject([
        { outcome: 'REJECTED', row: 3, symbol: 'KOSPI', session: '2024-01-06', code: 'CLOSED_DAY' },
        { outcome: 'REJECTED', row: 4, field: 'close', value: '12', code: 'CONFLICT' },
      ])
      server = await platform.listen()
      const answer = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: `{ excludedRows(ingestion: "1") { edges { node { row field code message } } }
                    dataSummary(symbol: "KOSPI") { excluded { outcome code rows } } }`,
        }),
      })
      expect(await answer.json()).toMatchObject({
        data: {
          excludedRows: { edges: [{ node: { row: 3 } }, { node: { row: 4, code: 'CONFLICT' } }] },
          dataSummary: { excluded: [{ code: 'CLOSED_DAY' }, { code: 'CONFLICT', outcome: 'REJECTED' }] },
        },
      })
      const deliveries = await services.ingestions.ingestions('KOSPI', FIRST)
      expect(deliveries.items).toMatchObject([
        { id: 2, label: 'desk', rank: 50, correctedRows: 0 },
        { id: 1, label: 'old.csv', rank: 50, rejectedRows: 2, droppedRows: 0, withdrawnRows: 0, note: null },
      ])
      // Both versions came in one millisecond; they have times of their own now.
      const closesAt = async (asOf: string): Promise<readonly number[]> =>
        (await services.market.barSeries('KOSPI', { asOf: new Date(asOf) }, 'DAY')).close
      expect(await closesAt('2024-01-04T07:59:59.999Z')).toEqual([])
      expect(await closesAt('2024-01-04T08:00:00.000Z')).toEqual([11, 11.5])
      expect(await closesAt('2024-01-04T08:00:00.001Z')).toEqual([11, 11.5, 12])
    } finally {
      await server?.close()
      await platform.close()
      await pool.end()
      await database.drop()
    }
  })
})

describe('a database from before promotions', () => {
  it("uses its nights' predictions as the first walk-forward points, and persistence serves", async () => {
    const database = await createTestDatabase({ empty: true })
    const pool = createPool(database.connection, { max: 2 })
    await applyMigrations(pool, { folder: await migrationsBefore('20261126150856') })
    await pool.query(`
      INSERT INTO symbol (code, name, kind, decimals, data_version, created_at)
        VALUES ('KOSPI', 'KOSPI', 'INDEX', 2, 1, '2024-01-02 08:00+00');
      INSERT INTO bar (symbol_id, session, open, high, low, close, volume, ingestion_id, known_at, data_version)
        VALUES (1, '2024-01-02', 10, 12, 9, 11, 5, 1, '2024-01-02 08:00+00', 1);
      INSERT INTO recipe (hash, name, config, created_at) VALUES ('aa', 'seed', '{}', '2024-01-02 08:00+00');
      INSERT INTO model_version (id, symbol_id, recipe_name, recipe_hash, number, data_version, window_first, window_last,
          bar_count, sample_count, fingerprint, seed, scaler, metrics, engine, engine_version, device, origin, night,
          content_hash, duration_ms, created_at)
        VALUES ('00000000-0000-4000-8000-000000000001', 1, 'seed', 'aa', 1, 1, '2023-01-02', '2024-01-02', 205, 200, 'f', 0,
            '{}', '{}', 'wasm', 'wasm-1', 'cpu', 'MANUAL', NULL, 'c1', 1, '2024-01-02 08:00+00'),
          ('00000000-0000-4000-8000-000000000002', 1, 'seed', 'aa', 2, 1, '2023-01-02', '2024-01-02', 205, 200, 'f', 1,
            '{}', '{}', 'wasm', 'wasm-1', 'cpu', 'NIGHT', '2024-01-02', 'c2', 1, '2024-01-02 10:00+00');
      INSERT INTO forecast (id, symbol_id, target_session, based_on_session, origin, served_by, served_reason,
          predicted_close, persistence_close, model_version_id, data_version, created_at)
        VALUES ('00000000-0000-4000-8000-000000000003', 1, '2024-01-03', '2024-01-02', 'ISSUED', 'PERSISTENCE', 'why',
          10.5, 10.5, '00000000-0000-4000-8000-000000000001', 1, '2024-01-02 08:00+00');
      INSERT INTO prediction (symbol_id, target_session, contender, model_version_id, based_on_session, predicted_close,
          scaled_output, data_version, created_at, forecast_id)
        VALUES (1, '2024-01-03', 'persistence', NULL, '2024-01-02', 10.5, NULL, 1, '2024-01-02 08:00+00',
            '00000000-0000-4000-8000-000000000003'),
          (1, '2024-01-03', 'seed', '00000000-0000-4000-8000-000000000001', '2024-01-02', 12, 0.5, 1,
            '2024-01-02 08:00+00', '00000000-0000-4000-8000-000000000003'),
          (1, '2024-01-03', 'seed', '00000000-0000-4000-8000-000000000002', '2024-01-02', 13, 0.5, 1,
            '2024-01-02 10:00+00', NULL)`)
    await applyMigrations(pool)
    const { rows } = await pool.query(
      `SELECT contender, predicted_close AS said, previous_close AS previous, refit_every AS "refitEvery", recipe_hash AS hash
       FROM prediction ORDER BY id`,
    )
    // The close as it was when the forecast was made, and not as it was corrected to.
    expect(rows).toEqual([
      { contender: 'persistence', said: 10.5, previous: 10.5, refitEvery: null, hash: null },
      { contender: 'seed', said: 12, previous: 10.5, refitEvery: null, hash: null },
      { contender: 'seed', said: 13, previous: 10.5, refitEvery: 1, hash: 'aa' },
    ])
    const forecast = await pool.query(
      'SELECT contender, warming_up, drift, decimals, tick_table FROM forecast',
    )
    expect(forecast.rows).toEqual([
      { contender: 'persistence', warming_up: false, drift: null, decimals: 2, tick_table: null },
    ])
    await pool.end()
    await database.drop()
  })
})

describe('a database from before simulated nights', () => {
  it('splits nights that were about simulated symbols too, and takes those about nothing else for simulated', async () => {
    const database = await createTestDatabase({ empty: true })
    const pool = createPool(database.connection, { max: 2 })
    await applyMigrations(pool, { folder: await migrationsBefore('20261129171011') })
    await pool.query(`
      INSERT INTO symbol (code, name, kind, decimals, simulated, data_version, created_at)
        VALUES ('KOSPI', 'KOSPI', 'INDEX', 2, false, 1, '2024-01-02 08:00+00'),
               ('SIM001', 'Simulated', 'INDEX', 2, true, 1, '2024-01-02 08:00+00');
      INSERT INTO bar (symbol_id, session, open, high, low, close, volume, ingestion_id, known_at, data_version)
        SELECT id, session, 10, 12, 9, 11, 5, 1, '2024-01-02 08:00+00', 1
        FROM symbol, (VALUES ('2024-01-02'::date), ('2024-01-03'), ('2024-01-04')) AS days (session);
      INSERT INTO night (date, status, trigger, reason, recipes, claim, expected, requested_at, started_at, finished_at)
        VALUES ('2024-01-02', 'FAILED', 'MANUAL', 'no bars', '{seed}', 1, 1, '2024-01-02 09:30+00', '2024-01-02 09:30+00', '2024-01-02 09:31+00'),
               ('2024-01-03', 'FAILED', 'SCHEDULE', 'no bars', '{seed}', 1, 2, '2024-01-03 09:30+00', '2024-01-03 09:30+00', '2024-01-03 09:31+00'),
               ('2024-01-04', 'RUNNING', 'SCHEDULE', NULL, '{seed}', 1, 2, '2024-01-04 09:30+00', '2024-01-04 09:30+00', NULL);
      INSERT INTO night_outcome (date, symbol_id, recipe_name, status, error_code, error_message, at)
        VALUES ('2024-01-02', 2, 'seed', 'FAILED', 'TOO_FEW_BARS', 'few', '2024-01-02 09:31+00'),
               ('2024-01-03', 1, 'seed', 'FAILED', 'TOO_FEW_BARS', 'few', '2024-01-03 09:31+00'),
               ('2024-01-03', 2, 'seed', 'FAILED', 'TOO_FEW_BARS', 'few', '2024-01-03 09:31+00'),
               ('2024-01-04', 2, 'seed', 'FAILED', 'TOO_FEW_BARS', 'few', '2024-01-04 09:31+00')`)
    await applyMigrations(pool)
    const nights = await pool.query(
      `SELECT date::text, simulated, status, expected, finished_at IS NULL AS open FROM night ORDER BY date, simulated`,
    )
    const failed = { status: 'FAILED', expected: 1, open: false }
    expect(nights.rows).toEqual([
      { date: '2024-01-02', simulated: true, ...failed },
      { date: '2024-01-03', simulated: false, ...failed },
      { date: '2024-01-03', simulated: true, ...failed },
      { date: '2024-01-04', simulated: false, status: 'RUNNING', expected: 1, open: true },
      { date: '2024-01-04', simulated: true, ...failed },
    ])
    const outcomes = await pool.query(
      `SELECT date::text, code, night_outcome.simulated FROM night_outcome JOIN symbol ON symbol.id = symbol_id
       ORDER BY date, code`,
    )
    expect(outcomes.rows).toEqual([
      { date: '2024-01-02', code: 'SIM001', simulated: true },
      { date: '2024-01-03', code: 'KOSPI', simulated: false },
      { date: '2024-01-03', code: 'SIM001', simulated: true },
      { date: '2024-01-04', code: 'SIM001', simulated: true },
    ])
    await pool.end()
    await database.drop()
  })
})

describe('a database from before the symbol master', () => {
  it('has its indices under their own names, an index that was stored as a share among them', async () => {
    const database = await createTestDatabase({ empty: true })
    const pool = createPool(database.connection, { max: 2 })
    await applyMigrations(pool, { folder: await migrationsBefore('20261129205152') })
    await pool.query(`
      INSERT INTO symbol (code, name, kind, decimals, data_version, created_at)
        VALUES ('KOSPI', 'KOSPI', 'INDEX', 2, 1, now()), ('KOSDAQ', 'KOSDAQ', 'UNKNOWN', 0, 1, now()),
               ('005930', '005930', 'UNKNOWN', 0, 1, now())`)
    await applyMigrations(pool, { folder: MIGRATIONS_FOLDER })
    const { rows } = await pool.query(
      'SELECT code, name_ko, kind, market, decimals FROM symbol ORDER BY code',
    )
    await pool.end()
    expect(rows).toEqual([
      { code: '005930', name_ko: null, kind: 'UNKNOWN', market: null, decimals: 0 },
      { code: 'KOSDAQ', name_ko: '코스닥', kind: 'INDEX', market: 'KOSDAQ', decimals: 2 },
      { code: 'KOSPI', name_ko: '코스피', kind: 'INDEX', market: 'KOSPI', decimals: 2 },
    ])
  })
})
