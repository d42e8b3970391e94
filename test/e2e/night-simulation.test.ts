import { playNights } from '../simulation/simulation.js'

it('keeps the rules of the night over two weeks of late bars, corrections, holidays and kills', async () => {
  const days: string[] = []
  // A seed whose two weeks have much in them: missed nights, a pause, a correction; Chuseok lies in the second.
  const result = await playNights({ weeks: 2, seed: 630, symbols: 10, onDay: (line) => days.push(line) })
  if (result.violations.length > 0) console.log(days.join('\n'))
  expect(result.violations).toEqual([])
  // What was played, so that rules are not kept because nothing happened.
  const { schedulerKills, workerKills, takeoverMs, skipped, missed, corrected, forecasts } = result
  const counts = { schedulerKills, workerKills, skipped, missed, corrected, forecasts }
  expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([])
  expect(takeoverMs.count).toBeGreaterThan(0)
}, 300_000)
