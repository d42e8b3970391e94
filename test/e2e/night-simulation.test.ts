import { playNights } from '../simulation/simulation.js'

it('keeps the rules of the night over two weeks of late bars, holidays and kills', async () => {
  const days: string[] = []
  const result = await playNights({ weeks: 2, seed: 1, symbols: 10, onDay: (line) => days.push(line) })
  if (result.violations.length > 0) console.log(days.join('\n'))
  expect(result.violations).toEqual([])
  // Chuseok lies in the second week, and National Foundation Day in the first.
  expect(result).toMatchObject({ nights: 10, skipped: 5 })
  expect(result.schedulerKills).toBeGreaterThan(0)
  expect(result.workerKills).toBeGreaterThan(0)
  expect(result.takeoverMs.count).toBeGreaterThan(0)
  expect(result.forecasts).toBeGreaterThan(10)
}, 300_000)
