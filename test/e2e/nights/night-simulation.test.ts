import { playNights } from '../../simulation/simulation.js'

it('keeps the rules of the night over two weeks of late bars, corrections, holidays and kills', async () => {
  const days: string[] = []
  // A seed whose two weeks have much in them: missed nights, pins, rollbacks, a correction; Chuseok lies in the second.
  const result = await playNights({ weeks: 2, seed: 82, symbols: 10, onDay: (line) => days.push(line) })
  if (result.violations.length > 0) console.log(days.join('\n'))
  expect(result.violations).toEqual([])
  // What was played, so that rules are not kept because nothing happened. Workers are killed where a job of theirs is found
  // in time, which is up to the machine; night-takeover.test.ts kills them for certain.
  const { schedulerKills, skipped, missed, corrected, forecasts, servedByModel, promotions } = result
  const { TAKEOVER = 0, PIN = 0, ROLLBACK = 0 } = promotions
  const counts = {
    schedulerKills,
    skipped,
    missed,
    corrected,
    forecasts,
    servedByModel,
    TAKEOVER,
    PIN,
    ROLLBACK,
  }
  expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([])
}, 300_000)
