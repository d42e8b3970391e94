/** The symbol master: imports what lists and providers say of listed instruments, and looks instruments up. */
import { createInstrumentDirectory } from '../../domain/bars/instruments/instrument-directory.js'
import type { InstrumentDirectory } from '../../domain/bars/instruments/instrument-directory.js'
import { masterRowProblem } from '../../domain/bars/instruments/listed-instrument.js'
import type {
  ListedInstrument,
  MarketPeriod,
  MasterRow,
} from '../../domain/bars/instruments/listed-instrument.js'
import { isSameListing, mergeListing } from '../../domain/bars/instruments/listing-merge.js'
import type { Listing } from '../../domain/bars/instruments/listing-merge.js'
import { readSymbolCode } from '../../domain/bars/instruments/symbol-code.js'
import { koreanDate } from '../../domain/calendar/korean-time.js'
import type { Session } from '../../domain/calendar/session.js'
import type { Clock } from '../../domain/clock.js'
import type { Page, PageRequest } from '../../domain/page.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { MAX_SYMBOLS } from '../../domain/symbol.js'
import type { ListingFilter, ListingStore } from '../../db/bars/instruments/listings.js'
import { KospigraphError } from '../../errors.js'

/** Most rejected rows that a result lists; all are counted. */
export const MAX_LISTED_PROBLEMS = 1_000

/** Why a row of a master was not stored. */
export interface MasterProblem {
  readonly row: number
  /** As delivered. */
  readonly code: string
  readonly message: string
}

export interface MasterRequest {
  /** The file's name, the client's own name, or the provider. */
  readonly source: string
  readonly rows: readonly MasterRow[]
  /** Rows that could not be read. */
  readonly problems?: readonly MasterProblem[]
  /** Date of the master; by default today in Korea. */
  readonly statedOn?: Session | undefined
}

export interface MasterResult {
  readonly received: number
  /** Instruments that were not known before. */
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly rejected: number
  /** The first {@link MAX_LISTED_PROBLEMS}, by row. */
  readonly problems: readonly MasterProblem[]
}

export interface Instruments {
  /**
   * Stores the rows of a master. A row that contradicts what is stored is rejected with the reason; the others are
   * stored. The same master again changes nothing.
   * @throws KospigraphError BAD_USER_INPUT for more than 20,000 rows
   */
  importMaster(request: MasterRequest): Promise<MasterResult>
  /** A snapshot of the master, shared until the next import. */
  directory(): Promise<InstrumentDirectory>
  /** Instruments of the master, with or without bars, in order of code. */
  listings(filter: ListingFilter, request: PageRequest<string>): Promise<Page<ListedInstrument>>
  /** Markets of each instrument, oldest first, in the order of the codes. */
  markets(codes: readonly string[]): Promise<readonly (readonly MarketPeriod[])[]>
}

export function createInstruments(deps: {
  readonly listings: ListingStore
  readonly clock: Clock
}): Instruments {
  const { listings, clock } = deps
  let snapshot: { readonly revision: number; readonly directory: InstrumentDirectory } | undefined
  return {
    async importMaster({ source, rows, problems: unread = [], statedOn }) {
      const received = rows.length + unread.length
      if (received > MAX_SYMBOLS) {
        const message = `the master has ${received} rows, more than ${MAX_SYMBOLS}; expected one row an instrument`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
      const at = clock.now()
      let merged: Merged | undefined
      await listings.change({ source: sanitizeText(source), at }, (stored) => {
        merged = mergeRows(rows, stored, statedOn ?? koreanDate(at))
        return merged.listings
      })
      const { added = 0, changed = 0, unchanged = 0, problems: rejected = [] } = merged ?? {}
      const problems = [...unread, ...rejected].sort((a, b) => a.row - b.row)
      return {
        received,
        added,
        changed,
        unchanged,
        rejected: problems.length,
        problems: problems.slice(0, MAX_LISTED_PROBLEMS),
      }
    },

    async directory() {
      const revision = await listings.revision()
      if (snapshot?.revision !== revision) {
        snapshot = { revision, directory: createInstrumentDirectory(await listings.all()) }
      }
      return snapshot.directory
    },

    listings: (filter, request) => listings.page(filter, request),
    markets: (codes) => listings.markets(codes),
  }
}

interface Merged extends Pick<MasterResult, 'added' | 'changed' | 'unchanged' | 'problems'> {
  readonly listings: readonly Listing[]
}

function mergeRows(
  rows: readonly MasterRow[],
  stored: ReadonlyMap<string, Listing>,
  statedOn: Session,
): Merged {
  const current = new Map(stored)
  const owners = new Map<string, string>()
  for (const { instrument } of stored.values()) {
    if (instrument.isin !== null) owners.set(instrument.isin, instrument.code)
  }
  const problems: MasterProblem[] = []
  let [added, changed, unchanged] = [0, 0, 0]
  for (const row of rows) {
    const code = readSymbolCode(row.code) ?? row.code
    const before = current.get(code)
    const owner = row.isin === null ? undefined : owners.get(row.isin)
    const merged = mergeListing({ ...row, code }, before, statedOn)
    const problem =
      masterRowProblem(row) ??
      ('refused' in merged ? merged.refused : undefined) ??
      (owner !== undefined && owner !== code
        ? `the ISIN ${row.isin ?? ''} is that of ${owner} here`
        : undefined) ??
      (before === undefined && current.size >= MAX_SYMBOLS
        ? `more than ${MAX_SYMBOLS} instruments are stored`
        : undefined)
    if (problem !== undefined || 'refused' in merged) {
      problems.push({ row: row.row, code: sanitizeText(row.code), message: sanitizeText(problem ?? '') })
      continue
    }
    if (before === undefined) added += 1
    else if (isSameListing(before, merged)) unchanged += 1
    else changed += 1
    current.set(code, merged)
    if (row.isin !== null) owners.set(row.isin, code)
  }
  const differing = [...current].filter(([code, listing]) => !isSameListing(stored.get(code), listing))
  return { listings: differing.map(([, listing]) => listing), problems, added, changed, unchanged }
}
