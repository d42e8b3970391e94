/** The bars of the sample market: simulated symbols over consecutive sessions, stored as deliveries of the simulator. */
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Session } from '../../domain/calendar/session.js'
import { RANK_OF_PEOPLE } from '../../domain/bars/delivery.js'
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { WithBarWriter } from '../../db/bars/bar-writer.js'
import { simulateMarket } from '../../market/simulator.js'
import type { SimulatedSymbol } from '../../market/simulator.js'

const SEED = 22
/** Two years: a training window and 60 judged sessions before the first night, and older bars to compare them with. */
export const SAMPLE_SESSIONS = 500

const SIMULATED_BASIS: PriceBasis = { closeBasis: 'REGULAR', volumeBasis: 'REGULAR', adjustment: 'RAW' }

/** The same bars for the same last session, and the same prices for any. */
export function simulateSample(calendar: Calendar, last: Session): readonly SimulatedSymbol[] {
  return simulateMarket({ calendar, last, seed: SEED, sessions: SAMPLE_SESSIONS })
}

/** @returns how many bars were stored */
export async function storeSampleBars(
  withBarWriter: WithBarWriter,
  market: readonly SimulatedSymbol[],
  { after, to, now }: { readonly after: Session | null; readonly to: Session; readonly now: Date },
): Promise<number> {
  const rows = market
    .flatMap(({ bars }, ordinal) =>
      bars
        .filter(({ session }) => (after === null || session > after) && session <= to)
        .map((bar) => ({ ...bar, ordinal, volumeStep: 1 })),
    )
    .map((bar, index) => ({ ...bar, row: index + 1 }))
  const { stored } = await withBarWriter(async (writer) => {
    await writer.stage(rows)
    const symbols = market.map(({ definition }) => ({ definition, distinct: true, judged: false }))
    const origin = { source: 'SIMULATOR', label: `seed ${SEED}`, rank: RANK_OF_PEOPLE, note: null } as const
    const basis = { origin, stated: SIMULATED_BASIS, replace: false }
    const settled = await writer.settle({ symbols, now, basis, acceptAdjustments: false, rowLimit: 1 })
    if (settled.changing === 0) return { keep: false, stored: 0 }
    await writer.store({
      ...origin,
      adjustment: SIMULATED_BASIS.adjustment,
      checksum: `simulated-${SEED}-${SAMPLE_SESSIONS}-${to}`,
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
