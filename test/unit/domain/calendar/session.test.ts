import { dayNumber, fromDayNumber } from '../../../../src/domain/calendar/session.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

describe('the number of a day', () => {
  it('is that of the proleptic Gregorian calendar, through every leap rule', () => {
    const days = [-719_162, -135_140, -25_509, -1, 0, 59, 11_016, 11_017, 19_782, 2_932_896]
    const dates = days.map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10) as Session)
    expect(dates.map(dayNumber)).toEqual(days)
    expect([dates.at(0), dates.at(-1)]).toEqual(['0001-01-01', '9999-12-31'])
  })

  it('goes back to the day, for every day of a century and around its turn', () => {
    for (let day = -36_000; day <= 36_000; day += 1) {
      if (dayNumber(fromDayNumber(day)) !== day) throw new Error(`${fromDayNumber(day)} is not day ${day}`)
    }
    expect(dayNumber('2100-03-01' as Session) - dayNumber('2100-02-28' as Session)).toBe(1)
  })
})
