import { parseCalendarFile } from '../../../../src/domain/calendar/calendar-file.js'
import type { Session } from '../../../../src/domain/calendar/session.js'

const date = (text: string): Session => text as Session
const parse = (content: unknown) => parseCalendarFile(JSON.stringify(content), 'days.json')

describe('the file of the calendar', () => {
  it('closes, opens and dates sessions, and leaves the others as they are', () => {
    const calendar = parse({
      closures: [{ date: '2027-10-08', reason: 'Temporary public holiday' }],
      sessions: ['2027-05-03', '2027-06-05'],
      hours: [{ date: '2027-11-18', open: '10:00', close: '16:30' }],
      checkedTo: '2027-12-31',
    })
    expect(calendar.nextSession(date('2027-10-07'))).toBe('2027-10-12')
    expect(calendar.isSession(date('2027-05-03'))).toBe(true)
    expect(calendar.previousSession(date('2027-06-07'))).toBe('2027-06-05')
    expect(calendar.sessionsBetween(date('2027-10-06'), date('2027-10-12'))).toEqual([
      ...['2027-10-06', '2027-10-07', '2027-10-12'],
    ])
    expect(calendar.sessionOpen(date('2027-11-18')).toISOString()).toBe('2027-11-18T01:00:00.000Z')
    expect(calendar.sessionClose(date('2027-11-18')).toISOString()).toBe('2027-11-18T07:30:00.000Z')
    expect(calendar.sessionClose(date('2027-11-19')).toISOString()).toBe('2027-11-19T06:30:00.000Z')
    expect(calendar.lastClosedSession(new Date('2027-10-08T20:00:00+09:00'))).toBe('2027-10-07')
    expect(calendar.checkedTo).toBe('2027-12-31')
    expect(calendar.isSession(date('2024-05-01'))).toBe(false)
    expect(parse({}).checkedTo).toBe('2026-12-31')
  })

  it('overrides the table of past years too', () => {
    const calendar = parse({ closures: [{ date: '2024-07-10', reason: 'x' }], sessions: ['2024-05-01'] })
    expect(calendar.isSession(date('2024-07-10'))).toBe(false)
    expect(calendar.isSession(date('2024-05-01'))).toBe(true)
  })

  it('may hold a long closure, and is refused where no session is left', () => {
    const closures = Array.from({ length: 31 }, (_, day) => ({
      date: `2027-03-${String(day + 1).padStart(2, '0')}`,
      reason: 'closed',
    }))
    const calendar = parse({ closures })
    expect(() => calendar.nextSession(date('2027-02-28'))).toThrow(/CALENDAR_FILE/)
  })

  it.each<[unknown, RegExp]>([
    [{ closures: [{ date: '2027-02-30', reason: 'x' }] }, /closures\[0\]\.date "2027-02-30": must be a date/],
    [{ closures: [{ date: '2027-02-26' }] }, /closures\[0\]\.reason: must be the reason/],
    [{ closures: [{ date: '2027-02-26', reason: 'x', why: 1 }] }, /closures\[0\]: .*why/],
    [{ sessions: ['1998-12-05'] }, /sessions\[0\] "1998-12-05": must lie from 1999-01-01 to 2050-12-31/],
    [{ sessions: [20270503] }, /sessions\[0\]: must be a date/],
    [
      { hours: [{ date: '2027-11-18', open: '9:00', close: '16:30' }] },
      /hours\[0\]\.open "9:00": must be a time/,
    ],
    [
      { hours: [{ date: '2027-11-18', open: '16:30', close: '10:00' }] },
      /2027-11-18 opens at 16:30 and closes at 10:00/,
    ],
    [{ hours: [{ date: '2027-11-20', open: '10:00', close: '16:30' }] }, /2027-11-20 is not a session/],
    [{ sessions: ['2027-05-03', '2027-05-03'] }, /2027-05-03 is listed twice/],
    [
      { closures: [{ date: '2027-05-04', reason: 'x' }], sessions: ['2027-05-04'] },
      /2027-05-04 is also listed under closures/,
    ],
    [{ checkedTo: 'soon' }, /checkedTo "soon": must be a date/],
    [{ holidays: [] }, /holidays: unknown; the known keys are closures, sessions, hours, checkedTo/],
    [[], /must be an object/],
    [{ sessions: Array.from({ length: 1_001 }, () => '2027-05-03') }, /sessions: .*1000/],
  ])('refuses %j', (content, message) => {
    expect(() => parse(content)).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION',
        message: expect.stringMatching(message) as string,
      }) as Error,
    )
  })

  it('reports all errors at once, with the name of the file', () => {
    const wrong = { closures: [{ date: 'x', reason: '' }], sessions: ['y'] }
    expect(() => parse(wrong)).toThrow(
      /^days\.json: closures\[0\]\.date.*; closures\[0\]\.reason.*; sessions\[0\]/,
    )
    expect(() => parseCalendarFile('{', 'days.json')).toThrow(/days\.json: is not valid JSON/)
  })
})
