import { createRecordingTerminal } from '../../support/terminal.js'
import { runNight } from '../../../src/cli/nights/night.js'
import type { Session } from '../../../src/domain/calendar/session.js'
import { useNights } from '../../support/nights.js'

const { open, ingest, until, rows } = useNights()

const DATE = '2024-07-10' as Session
const EVENING = '2024-07-10T18:30:00+09:00'
const SEED_ONLY = { environment: { NIGHT_RECIPES: 'seed' } }

const DORMANT = `{ night(session: "${DATE}") { status expected
  dormant { count remedy listed { lastSession symbol { code } } } } }`

describe('a night whose symbols have no bar of the last ten sessions', () => {
  it('lists them with their newest sessions and the remedy, and is skipped without any other', async () => {
    const platform = await open(EVENING, SEED_ONLY)
    await ingest('2024-06-25', ['KOSPI'])
    await ingest('2024-06-24', ['005930'])
    await platform.query('mutation { runNightNow { status } }')
    await until(DATE, 'SKIPPED')
    expect(await platform.query(DORMANT)).toEqual({
      night: {
        status: 'SKIPPED',
        expected: null,
        dormant: {
          count: 2,
          remedy: expect.stringMatching(/ingestBars or `kospigraph ingest`.*PROVIDERS/) as unknown,
          listed: [
            { lastSession: '2024-06-25', symbol: { code: 'KOSPI' } },
            { lastSession: '2024-06-24', symbol: { code: '005930' } },
          ],
        },
      },
    })
  })

  it('prints them and the remedy in the command, beside the symbols that it forecasts', async () => {
    const platform = await open(EVENING, SEED_ONLY)
    await ingest(DATE, ['KOSPI'])
    await ingest('2024-06-25', ['005930'])
    const terminal = createRecordingTerminal()
    const { signal } = new AbortController()
    expect(await runNight(platform.services, terminal, { signal })).toBe(0)
    const text = terminal.printed.join('\n')
    expect(text).toMatch(/dormant +newest bar\n005930 +2024-06-25\n/)
    expect(text.replace(/\s+/g, ' ')).toContain('`kospigraph ingest`')
  })

  it('keeps the list as of the night, whatever bars come later', async () => {
    const platform = await open(EVENING, SEED_ONLY)
    await ingest(DATE, ['KOSPI'])
    await ingest('2024-06-25', ['005930'])
    await platform.query('mutation { runNightNow { status } }')
    await until(DATE, 'SUCCEEDED')
    await ingest(DATE, ['005930'])
    expect(await platform.query(DORMANT)).toMatchObject({
      night: { expected: 1, dormant: { count: 1, listed: [{ lastSession: '2024-06-25' }] } },
    })
  })
})

describe('a night without dormant symbols', () => {
  it('counts none and offers no remedy', async () => {
    const platform = await open(EVENING, SEED_ONLY)
    await ingest('2024-06-26', ['KOSPI'])
    await platform.query('mutation { runNightNow { dormant { count } } }')
    await until(DATE, 'STALE')
    expect(await platform.query(DORMANT)).toMatchObject({
      night: { expected: 1, dormant: { count: 0, remedy: null, listed: [] } },
    })
  })

  it('counts no simulated symbol that has stopped', async () => {
    const platform = await open('2024-06-25T20:00:00+09:00', SEED_ONLY)
    await platform.services.loadSampleMarket()
    platform.clock.at = new Date(EVENING)
    await ingest(DATE, ['KOSPI'])
    await platform.query('mutation { runNightNow { status } }')
    await until(DATE, 'SUCCEEDED')
    expect(await platform.query(DORMANT)).toMatchObject({ night: { dormant: { count: 0 } } })
    expect(await rows('SELECT count(*)::int AS simulated FROM symbol WHERE simulated')).toEqual([
      { simulated: 3 },
    ])
  })
})
