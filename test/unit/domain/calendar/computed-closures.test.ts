import { createCalendar } from '../../../../src/domain/calendar/calendar.js'
import { CLOSURES } from '../../../../src/domain/calendar/closures.js'
import { isComputedClosure } from '../../../../src/domain/calendar/computed-closures.js'
import { addDays, weekday } from '../../../../src/domain/calendar/session.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const isWeekday = (date: Session): boolean => weekday(date) !== 0 && weekday(date) !== 6

function closedWeekdays(year: number, isClosed: (date: Session) => boolean): string[] {
  const closed: string[] = []
  for (let date = `${year}-01-01` as Session; date <= `${year}-12-31`; date = addDays(date, 1)) {
    if (isWeekday(date) && isClosed(date)) closed.push(date.slice(5))
  }
  return closed
}
const calendar = createCalendar()
const computed = (year: number): string[] => closedWeekdays(year, (date) => !calendar.isSession(date))

describe('the years after the table', () => {
  it('have the closures that the law gives 2027', () => {
    expect(computed(2027)).toEqual([
      ...['01-01', '02-08', '02-09', '03-01', '05-03', '05-05', '05-13', '07-19', '08-16'],
      ...['09-14', '09-15', '09-16', '10-04', '10-11', '12-27', '12-31'],
    ])
    expect(calendar.nextSession('2027-02-05' as Session)).toBe('2027-02-10')
  })

  it('have substitutes where two holidays meet, as at Chuseok 2028', () => {
    expect(computed(2028)).toEqual([
      ...['01-26', '01-27', '01-28', '03-01', '04-12', '05-01', '05-02', '05-05', '06-06', '07-17'],
      ...['08-15', '10-02', '10-03', '10-04', '10-05', '10-09', '12-25', '12-29'],
    ])
  })

  it('have the scheduled elections, a week later next to a holiday', () => {
    const elections = ['2028-04-12', '2030-03-27', '2030-06-12', '2032-04-14', '2034-05-31', '2035-03-28']
    expect(elections.filter((day) => calendar.isSession(day as Session))).toEqual([])
    // The Wednesday before Memorial Day.
    expect(calendar.isSession('2030-06-05' as Session)).toBe(true)
    expect(calendar.isSession('2029-04-11' as Session)).toBe(true)
  })

  it('have Chuseok 2033 before the leap month, and the substitute of two spring holidays of 2036', () => {
    expect(computed(2033).filter((date) => date >= '09-01' && date <= '10-31')).toEqual([
      ...['09-07', '09-08', '09-09', '10-03', '10-10'],
    ])
    expect(computed(2036)).toContain('05-06')
  })

  it('reproduce the recorded years, except for proclaimed closures and newer law', () => {
    const differences = [2023, 2024, 2025, 2026].flatMap((year) => {
      const recorded = closedWeekdays(year, (date) => CLOSURES.has(date))
      const lawful = closedWeekdays(year, isComputedClosure)
      return [
        ...recorded.filter((date) => !lawful.includes(date)).map((date) => `${year}-${date} proclaimed`),
        ...lawful.filter((date) => !recorded.includes(date)).map((date) => `${year}-${date} not closed`),
      ]
    })
    expect(differences).toEqual([
      '2023-10-02 proclaimed',
      // Elections before those that are computed.
      '2024-04-10 proclaimed',
      '2024-10-01 proclaimed',
      '2025-01-27 proclaimed',
      '2025-06-03 proclaimed',
      '2026-06-03 proclaimed',
    ])
  })
})
