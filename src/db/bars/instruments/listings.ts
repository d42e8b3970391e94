/**
 * Stores the symbol master: the instruments with or without bars, and the markets they were on. What the master says
 * of an instrument with bars is copied to its symbol in the same transaction.
 */
import type pg from 'pg'
import type { Listing } from '../../../domain/bars/instruments/listing-merge.js'
import type { ListedInstrument, MarketPeriod } from '../../../domain/bars/instruments/listed-instrument.js'
import { cutPage } from '../../../domain/page.js'
import type { Page, PageRequest } from '../../../domain/page.js'
import type { SymbolFilter } from '../../symbols.js'
import { inTransaction } from '../../postgres/transaction.js'

export type ListingFilter = Pick<SymbolFilter, 'search' | 'kind' | 'market'>

export interface ListingStore {
  /** Number of imports that changed anything, which tells whether a snapshot is current. */
  revision(): Promise<number>
  all(): Promise<readonly ListedInstrument[]>
  /** In order of code; the page's keys are codes. */
  page(filter: ListingFilter, request: PageRequest<string>): Promise<Page<ListedInstrument>>
  /** Markets of each instrument, oldest first, in the order of the codes. */
  markets(codes: readonly string[]): Promise<readonly (readonly MarketPeriod[])[]>
  /**
   * Changes listings in one transaction; no other import runs meanwhile.
   * @param change returns the changed listings, given those stored by code
   */
  change(
    origin: { readonly source: string; readonly at: Date },
    change: (stored: ReadonlyMap<string, Listing>) => readonly Listing[],
  ): Promise<void>
}

const COLUMNS = `code, kind::text, market::text, name_ko AS "nameKo", name_en AS "nameEn", isin, sector,
  listed_on AS "listedOn", delisted_on AS "delistedOn"`
/**
 * Deliveries take the weaker lock before they create symbols, so that no symbol misses what an import adds to it; see
 * `bar-writer.ts`.
 */
const LOCK = 'LOCK TABLE listing IN SHARE ROW EXCLUSIVE MODE'

export function createListingStore(pool: pg.Pool, writePool: pg.Pool): ListingStore {
  const readAll = async (client: pg.Pool | pg.PoolClient): Promise<ListedInstrument[]> =>
    (await client.query<ListedInstrument>(`SELECT ${COLUMNS} FROM listing ORDER BY code`)).rows
  return {
    async revision() {
      const { rows } = await pool.query<{ newest: number | null }>(
        'SELECT max(revision) AS newest FROM listing',
      )
      return rows[0]?.newest ?? 0
    },
    all: () => readAll(pool),

    async page({ search, kind, market }, request) {
      const text = search && `%${search.replace(/[\\%_]/g, '\\$&')}%`
      const { rows } = await pool.query<ListedInstrument>(
        `SELECT ${COLUMNS} FROM listing
         WHERE ($1::text IS NULL OR kind::text = $1) AND ($2::text IS NULL OR market::text = $2)
           AND ($3::text IS NULL OR code ILIKE $3 OR name_ko ILIKE $3 OR name_en ILIKE $3 OR isin = upper($4))
           AND ($5::text IS NULL OR code > $5) AND ($6::text IS NULL OR code < $6)
         ORDER BY code ${request.fromEnd ? 'DESC' : 'ASC'} LIMIT $7`,
        [kind, market, text, search, request.after, request.before, request.limit + 1],
      )
      return cutPage(rows, request)
    },

    async markets(codes) {
      const found = await readPeriods(pool, codes)
      return codes.map((code) => found.get(code) ?? [])
    },

    change: ({ source, at }, change) =>
      inTransaction(writePool, async (client) => {
        await client.query(LOCK)
        const instruments = await readAll(client)
        const periods = await readPeriods(
          client,
          instruments.map(({ code }) => code),
        )
        const stored = new Map(
          instruments.map((instrument) => [
            instrument.code,
            { instrument, periods: periods.get(instrument.code) ?? [] },
          ]),
        )
        const changed = change(stored)
        if (changed.length > 0) await write(client, changed, source, at)
      }),
  }
}

async function readPeriods(
  client: pg.Pool | pg.PoolClient,
  codes: readonly string[],
): Promise<Map<string, MarketPeriod[]>> {
  const { rows } = await client.query<MarketPeriod & { readonly symbol: string }>(
    `SELECT symbol, market::text, from_date AS "from", to_date AS "to" FROM symbol_market
     WHERE symbol = ANY($1) ORDER BY symbol, ordinal`,
    [codes],
  )
  const periods = new Map<string, MarketPeriod[]>()
  for (const { symbol, market, from, to } of rows) {
    const period = { market, from, to }
    const before = periods.get(symbol)
    if (before) before.push(period)
    else periods.set(symbol, [period])
  }
  return periods
}

async function write(
  client: pg.PoolClient,
  changed: readonly Listing[],
  source: string,
  at: Date,
): Promise<void> {
  const rows = JSON.stringify(changed.map(({ instrument }) => instrument))
  const given = `json_to_recordset($1) AS given(code text, kind text, market text, "nameKo" text, "nameEn" text,
    isin text, sector text, "listedOn" date, "delistedOn" date)`
  await client.query(
    `INSERT INTO listing (code, kind, market, name_ko, name_en, isin, sector, listed_on, delisted_on, source, revision,
       changed_at)
     SELECT code, kind::"SymbolKind", market::"Market", "nameKo", "nameEn", isin, sector, "listedOn", "delistedOn", $2,
       (SELECT coalesce(max(revision), 0) + 1 FROM listing), $3
     FROM ${given}
     ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, market = excluded.market, name_ko = excluded.name_ko,
       name_en = excluded.name_en, isin = excluded.isin, sector = excluded.sector, listed_on = excluded.listed_on,
       delisted_on = excluded.delisted_on, source = excluded.source, revision = excluded.revision,
       changed_at = excluded.changed_at`,
    [rows, source, at],
  )
  await client.query(
    `UPDATE symbol SET kind = given.kind::"SymbolKind", market = given.market::"Market", name_ko = "nameKo",
       name_en = "nameEn", name = coalesce("nameKo", "nameEn", given.code), isin = given.isin, sector = given.sector,
       listed_on = "listedOn", delisted_on = "delistedOn"
     FROM ${given} WHERE symbol.code = given.code`,
    [rows],
  )
  const codes = changed.map(({ instrument }) => instrument.code)
  await client.query('DELETE FROM symbol_market WHERE symbol = ANY($1)', [codes])
  const periods = changed.flatMap(({ instrument: { code }, periods: own }) =>
    own.map(({ market, from, to }, ordinal) => ({ code, ordinal, market, from, to })),
  )
  await client.query(
    `INSERT INTO symbol_market (symbol, ordinal, market, from_date, to_date)
     SELECT code, ordinal, market::"Market", "from", "to"
     FROM json_to_recordset($1) AS given(code text, ordinal int2, market text, "from" date, "to" date)`,
    [JSON.stringify(periods)],
  )
}
