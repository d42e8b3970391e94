/** Simulated symbols in a database of the tests: bars alone, without the nights of the sample market. */
import { createPool, parseDatabaseUrl } from '../../src/db/postgres/connection.js'
import { createWithBarWriter } from '../../src/db/bars/bar-writer.js'
import { createCalendar } from '../../src/domain/calendar/calendar.js'
import type { Session } from '../../src/domain/calendar/session.js'
import { simulateSample, storeSampleBars } from '../../src/services/bars/sample-bars.js'

/** @param last the newest session that has bars */
export async function storeSimulatedSymbols(databaseUrl: string, last: Session): Promise<void> {
  const pool = createPool(parseDatabaseUrl(databaseUrl), { max: 1 })
  const calendar = createCalendar()
  const range = { after: null, to: last, now: calendar.sessionClose(last) }
  try {
    await storeSampleBars(createWithBarWriter(pool), simulateSample(calendar, last), range)
  } finally {
    await pool.end()
  }
}
