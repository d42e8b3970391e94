import { runNight } from '../../../src/cli/nights/night.js'
import { runNights } from '../../../src/cli/nights/nights.js'
import { EVENING, TUESDAY, useNights } from '../../support/nights.js'
import { createRecordingTerminal } from '../../support/terminal.js'

const { open, ingest, ingestFew, until } = useNights()

describe('GraphQL', () => {
  it('starts a night, pages through its outcomes, and pauses the schedule', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI', '005930'])
    await ingestFew('000660', 50)
    expect(await platform.query('mutation { runNightNow { session status trigger expected } }')).toEqual({
      runNightNow: { session: TUESDAY, status: 'RUNNING', trigger: 'MANUAL', expected: null },
    })
    await until(TUESDAY, 'SUCCEEDED')
    const page = `query ($after: String) {
      night(session: "${TUESDAY}") { status expected counts { succeeded failed alreadyIssued stale } }
      nights(first: 5) { edges { node { session } } }
      nightOutcomes(session: "${TUESDAY}", first: 2, after: $after) {
        edges { cursor node { recipe status errorCode symbol { code } modelVersion { night origin }
          forecast { targetSession origin } } }
        pageInfo { hasNextPage }
      }
    }`
    interface Answer {
      readonly night: unknown
      readonly nights: unknown
      readonly nightOutcomes: {
        readonly edges: readonly {
          readonly cursor: string
          readonly node: { readonly symbol: { code: string } }
        }[]
        readonly pageInfo: unknown
      }
    }
    const first = await platform.query<Answer>(page)
    expect(first.night).toEqual({
      status: 'SUCCEEDED',
      expected: 3,
      counts: { succeeded: 2, failed: 1, alreadyIssued: 0, stale: 0 },
    })
    expect(first.nights).toEqual({ edges: [{ node: { session: TUESDAY } }] })
    const second = await platform.query<Answer>(page, { after: first.nightOutcomes.edges[1]?.cursor })
    const nodes = [first, second].flatMap(({ nightOutcomes }) => nightOutcomes.edges.map(({ node }) => node))
    expect(first.nightOutcomes.pageInfo).toEqual({ hasNextPage: true })
    const forecast = { targetSession: '2024-07-10', origin: 'ISSUED' }
    const good = { recipe: 'seed', status: 'SUCCEEDED', errorCode: null, forecast }
    const modelVersion = { night: TUESDAY, origin: 'NIGHT' }
    expect(nodes.toSorted((a, b) => (a.symbol.code < b.symbol.code ? -1 : 1))).toEqual([
      {
        ...good,
        symbol: { code: '000660' },
        status: 'FAILED',
        errorCode: 'TOO_FEW_BARS',
        modelVersion: null,
      },
      { ...good, symbol: { code: '005930' }, modelVersion },
      { ...good, symbol: { code: 'KOSPI' }, modelVersion },
    ])
    const failed = await platform.query<Answer>(
      `{ nightOutcomes(session: "${TUESDAY}", status: FAILED) { edges { node { symbol { code } } } } }`,
    )
    expect(failed.nightOutcomes.edges).toEqual([{ node: { symbol: { code: '000660' } } }])
    const again = await platform.ask('mutation { runNightNow { session } }')
    expect(again.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })

    const fields = '{ expression timeZone recipes paused pausedReason nextRun }'
    const schedule = {
      expression: '30 18 * * 1-5',
      timeZone: 'Asia/Seoul',
      recipes: ['seed'],
      nextRun: '2024-07-10T09:30:00.000Z',
    }
    expect(await platform.query(`mutation { pauseSchedule(reason: "moving house") ${fields} }`)).toEqual({
      pauseSchedule: { ...schedule, paused: true, pausedReason: 'moving house' },
    })
    expect(await platform.query(`mutation { resumeSchedule ${fields} }`)).toEqual({
      resumeSchedule: { ...schedule, paused: false, pausedReason: null },
    })
    expect(await platform.query(`{ schedule ${fields} }`)).toEqual({
      schedule: { ...schedule, paused: false, pausedReason: null },
    })
  })
})

describe('the command', () => {
  const { signal } = new AbortController()

  it('runs the night, follows it, and prints outcomes, forecasts and the reasons of failures', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await ingestFew('000660', 50)
    const terminal = createRecordingTerminal()
    expect(await runNight(platform.services, terminal, { signal })).toBe(0)
    const text = terminal.printed.join('\n')
    expect(text).toMatch(/status +SUCCEEDED\noutcomes +1 succeeded, 1 failed; 2 expected\n/)
    expect(text).toMatch(/^KOSPI +2024-07-10 +[\d,.]+ +[\d,.]+ to [\d,.]+ +persistence$/m)
    expect(text).toMatch(/^000660 +2024-07-10 +[\d,]+ +[\d,]+ to [\d,]+ +persistence$/m)
    expect(text).toMatch(/^000660 +seed +TOO_FEW_BARS +000660: .*needs 205 bars and there are\s+50/m)
    expect(terminal.printed.filter((line) => line.length > 80)).toEqual([])
    expect(terminal.results).toMatchObject([
      {
        isNew: true,
        night: { session: TUESDAY, status: 'SUCCEEDED', expected: 2, counts: { succeeded: 1, failed: 1 } },
        forecasts: [
          { symbol: 'KOSPI', targetSession: '2024-07-10', servedBy: 'PERSISTENCE' },
          { symbol: '000660', targetSession: '2024-07-10', servedBy: 'PERSISTENCE' },
        ],
        failures: [{ symbol: '000660', recipe: 'seed', errorCode: 'TOO_FEW_BARS' }],
      },
    ])
  })

  it('prints a night that has been done as it is, with the counts that GraphQL has', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await platform.services.runs.retrain({
      symbol: 'KOSPI',
      recipe: 'seed',
      seed: 0,
      asOfSession: undefined,
      origin: 'MANUAL',
    })
    expect(await runNight(platform.services, createRecordingTerminal(), { signal })).toBe(0)
    const terminal = createRecordingTerminal()
    expect(await runNight(platform.services, terminal, { signal })).toBe(0)
    expect(terminal.notes).toEqual([`Nothing was run: the night of ${TUESDAY} has been done.`])
    expect(terminal.printed.join('\n')).toMatch(/outcomes +0 succeeded, 1 already issued; 1 expected\n/)
    const answer = await platform.query<{ night: { counts: unknown } }>(
      `{ night(session: "${TUESDAY}") { counts { succeeded failed alreadyIssued stale } } }`,
    )
    expect(terminal.results).toMatchObject([{ isNew: false, night: { counts: answer.night.counts } }])
    expect([...terminal.printed, ...terminal.notes].join('\n')).not.toContain('nightOutcomes')
    const again = await platform.ask('mutation { runNightNow { session } }')
    expect(again.errors?.[0]?.message).toContain(`nightOutcomes(session: "${TUESDAY}") lists its outcomes`)
  })

  it('lists nights with their outcomes', async () => {
    const platform = await open(EVENING, { environment: { NIGHT_RECIPES: 'seed' } })
    await ingest(TUESDAY, ['KOSPI'])
    await runNight(platform.services, createRecordingTerminal(), { signal })
    const terminal = createRecordingTerminal()
    expect(await runNights(platform.services.nights, terminal, 20)).toBe(0)
    expect(terminal.printed).toEqual([
      expect.stringMatching(/^night +symbols +status +trigger +outcomes +reason$/),
      expect.stringMatching(/^2024-07-09 +real +SUCCEEDED +MANUAL +1 succeeded$/),
    ])
    expect(terminal.results).toMatchObject([{ nights: [{ session: TUESDAY }], hasMore: false }])
  })
})
