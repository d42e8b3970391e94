/** The sample market: what an empty database gets, so that a newcomer's first query has an answer. */
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { RANK_OF_PEOPLE } from '../../domain/bars/delivery.js'
import type { Run } from '../../domain/models/run.js'
import type { WithBarWriter } from '../../db/bars/bar-writer.js'
import type { SymbolStore } from '../../db/symbols.js'
import { simulateMarket } from '../../market/simulator.js'
import type { Runs } from '../models/runs.js'

const SEED = 1
/** Two years, so that the first window has older bars to be compared with. */
const SESSIONS = 500

export interface SampleMarket {
  /** Simulated symbols that were fitted just now, and how; empty where the database had its own. */
  readonly symbols: readonly string[]
  /** Bars stored just now. */
  readonly bars: number
  readonly runs: readonly Run[]
}

export type LoadSampleMarket = (signal?: AbortSignal) => Promise<SampleMarket>

export interface SampleMarketDeps {
  readonly symbols: SymbolStore
  readonly withBarWriter: WithBarWriter
  readonly retrain: Runs['retrain']
  readonly calendar: Calendar
  readonly clock: Clock
}

export function createLoadSampleMarket(deps: SampleMarketDeps): LoadSampleMarket {
  return async (signal) => {
    const bars = (await deps.symbols.isEmpty()) ? await storeBars(deps) : 0
    // Bars and fits are stored apart, so a start that was interrupted between them is completed here.
    const symbols = await deps.symbols.simulatedWithoutRuns()
    const runs: Run[] = []
    for (const symbol of symbols) {
      runs.push(await deps.retrain({ symbol, recipe: 'seed', seed: 0, origin: 'SAMPLE' }, { signal }))
    }
    // Another process that started at the same moment may have been faster with some of them.
    const own = runs.filter((run) => run.versionCreated || run.status === 'FAILED')
    return { symbols: own.length > 0 ? symbols : [], bars, runs: own }
  }
}

/** @returns how many bars were stored: none where another process was faster */
async function storeBars({ withBarWriter, calendar, clock }: SampleMarketDeps): Promise<number> {
  const now = clock.now()
  const market = simulateMarket({
    calendar,
    seed: SEED,
    sessions: SESSIONS,
    last: calendar.lastClosedSession(now),
  })
  const rows = market
    .flatMap(({ bars }, ordinal) => bars.map((bar) => ({ ...bar, ordinal, volumeStep: 1 })))
    .map((bar, index) => ({ ...bar, row: index + 1 }))
  const { stored } = await withBarWriter(async (writer) => {
    await writer.stage(rows)
    const symbols = market.map(({ definition }) => ({ definition, distinct: true, judged: false }))
    const rank = RANK_OF_PEOPLE
    const settled = await writer.settle({ symbols, now, rank, acceptAdjustments: false, rowLimit: 1 })
    if (settled.changing === 0) return { keep: false, stored: 0 }
    await writer.store({
      source: 'SIMULATOR',
      label: `seed ${SEED}`,
      rank,
      note: null,
      checksum: `simulated-${SEED}-${SESSIONS}`,
      receivedRows: rows.length,
      unchangedRows: settled.unchanged,
      droppedRows: 0,
      rejectedRows: 0,
      dropped: [],
      rejected: [],
      at: now,
    })
    return { keep: true, stored: settled.changing }
  })
  return stored
}
