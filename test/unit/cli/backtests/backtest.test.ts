import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Backtest } from '../../../../src/domain/backtests/backtest.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { runBacktestCommand } from '../../../../src/cli/backtests/backtest.js'
import type { BacktestOptions, BacktestServices } from '../../../../src/cli/backtests/backtest.js'
import { KospigraphError } from '../../../../src/errors.js'
import type { BacktestEvent } from '../../../../src/services/backtests/backtests.js'
import type { StartBacktestRequest } from '../../../../src/services/backtests/start-backtest.js'
import { createTestFolder } from '../../../support/database.js'
import { createRecordingTerminal } from '../../../support/terminal.js'
import { BACKTEST_ID, METRICS, SYMBOL, backtestOf, backtestRows } from '../../../support/backtests.js'

const REQUEST = { symbol: 'KOSPI' } as StartBacktestRequest

function eventAt(doneSessions: number, status: Backtest['status'] = 'RUNNING'): BacktestEvent {
  return {
    backtestId: BACKTEST_ID,
    seq: doneSessions,
    status,
    fold: doneSessions,
    foldFailure: null,
    rows: [],
    doneFolds: doneSessions,
    doneSessions,
    metrics: {
      sessions: doneSessions,
      rmse: 1,
      persistenceRmse: 1,
      skill: -0.25,
      hitRate: null,
      baseRate: null,
      coverage80: null,
      coverage95: null,
      grossReturn: 0,
      netReturn: 0.034,
      holdReturn: 0,
      sharpe: null,
      maxDrawdown: null,
    },
  }
}

interface Setup {
  /** What becomes of it after its events. */
  readonly end?: Partial<Backtest>
  /** Told after each event; what it returns is waited for. */
  readonly onEvent?: (event: number) => Promise<void> | void
  /** Waited for while it is queued. */
  readonly before?: () => Promise<void>
}

function setup({ end = {}, onEvent, before }: Setup = {}) {
  let stored = backtestOf({ status: 'QUEUED', doneSessions: 0 })
  let left = false
  const calls: string[] = []
  async function* follow(): AsyncGenerator<BacktestEvent> {
    await before?.()
    for (let event = 1; event <= 6 && !left; event += 1) {
      stored = { ...stored, status: 'RUNNING', doneSessions: event }
      yield eventAt(event)
      await onEvent?.(event)
      if (stored.status === ('CANCELLED' as Backtest['status'])) return
    }
    if (!left) stored = { ...stored, status: 'SUCCEEDED', ...end }
  }
  const services = {
    startBacktest: () => Promise.resolve(stored),
    work: () => Promise.resolve(calls.push('work')),
    market: { symbolsById: () => Promise.resolve([SYMBOL]) },
    backtests: {
      backtest: (id: string) => Promise.resolve(id === BACKTEST_ID ? stored : undefined),
      metrics: () => Promise.resolve([METRICS]),
      async *allRows() {
        yield await Promise.resolve(backtestRows().slice(0, stored.doneSessions))
      },
      follow: () => {
        const events = follow()
        return {
          next: () => events.next(),
          return: () => {
            left = true
            return Promise.resolve({ done: true, value: undefined })
          },
          [Symbol.asyncIterator]() {
            return this
          },
        }
      },
      cancel: () => {
        calls.push('cancel')
        stored = { ...stored, status: 'CANCELLED' }
        return Promise.resolve(stored)
      },
    },
    certifyBacktest: (id: string, session: Session) => {
      calls.push(`certify ${session}`)
      return Promise.resolve({
        id: 'c',
        backtestId: id,
        session,
        passed: session < '2024-01-05',
        corruptedBars: 2,
        comparedRows: 3,
        firstDifference: session,
        differingField: 'netEquity',
        engineVersion: 'wasm-2',
        durationMs: 1,
        at: new Date(0),
      })
    },
  } as unknown as BacktestServices
  const terminal = createRecordingTerminal()
  const run = (options: Partial<BacktestOptions> = {}): Promise<0 | 1> =>
    runBacktestCommand(services, terminal, {
      what: REQUEST,
      certify: undefined,
      plot: undefined,
      signal: new AbortController().signal,
      ...options,
    })
  return { run, told: terminal.all, calls }
}

it('starts one with a worker of its own, follows it live, and ends in the report', async () => {
  const { run, told, calls } = setup()
  expect(await run()).toBe(0)
  expect(calls).toEqual(['work'])
  expect(told[0]).toBe('KOSPI seed: 1 of 6 sessions, skill -0.250, net +3.4 %')
  expect(told.indexOf('bar stops')).toBe(6)
  expect(told[7]).toMatch(/^KOSPI seed, walk-forward/)
  expect(told.join('\n')).toContain(BACKTEST_ID)
})

it('reports that it waits for a worker', async () => {
  // The queue is looked at once a second.
  const { run, told } = setup({ before: () => new Promise((resolve) => setTimeout(resolve, 1_500)) })
  expect(await run()).toBe(0)
  expect(told[0]).toBe('KOSPI seed: 0 of 6 sessions, waiting for a worker')
  expect(told[1]).toMatch(/^KOSPI seed: 1 of 6/)
})

it('cancels its backtest when stopped, and reports what is kept', async () => {
  const stop = new AbortController()
  const { run, told, calls } = setup({
    onEvent: (event) => {
      if (event === 3) stop.abort(new KospigraphError('ABORTED', 'stopped by SIGINT'))
    },
  })
  await expect(run({ signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  expect(calls).toEqual(['work', 'cancel'])
  expect(told.join('\n')).toContain('6 sessions, 3 of them done')
  expect(told.join('\n')).toContain(`Backtest ${BACKTEST_ID}`)
  expect(told.at(-1)).toBe('note: Cancelled after 3 of 6 sessions, which are kept.')
})

it("leaves another command's backtest running when stopped", async () => {
  const stop = new AbortController()
  const { run, told, calls } = setup({
    onEvent: (event) => {
      if (event === 2) stop.abort(new KospigraphError('ABORTED', 'stopped by SIGINT'))
    },
  })
  const what = { follow: BACKTEST_ID.toUpperCase() }
  await expect(run({ what, signal: stop.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  expect(calls).toEqual([])
  expect(told.at(-1)).toContain(`kospigraph backtest --follow ${BACKTEST_ID}`)
})

it('reports why a backtest failed, after its results so far', async () => {
  const end = { status: 'FAILED', errorCode: 'ENGINE_FAILED', errorMessage: 'the engine is gone' } as const
  const { run, told } = setup({ end })
  expect(await run({ certify: '2024-01-03' as Session })).toBe(1)
  expect(told.at(-1)).toBe('note: ENGINE_FAILED: the engine is gone')
})

it('certifies on request, and fails where the certificate fails', async () => {
  const { run, calls, told } = setup()
  expect(await run({ certify: '2024-01-04' as Session })).toBe(0)
  expect(calls).toEqual(['work', 'certify 2024-01-04'])
  expect(told.slice(-2).join(' ')).toMatch(/came out again, byte for byte$/)
  expect(await setup().run({ certify: '2024-01-08' as Session })).toBe(1)
})

it('draws into the file, and refuses an unwritable one before the backtest starts', async () => {
  const file = path.join(await createTestFolder(), 'picture.svg')
  const { run } = setup()
  expect(await run({ plot: file })).toBe(0)
  expect(await readFile(file, 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/)
  for (const plot of ['picture.png', path.join(file, 'no/such/folder.svg')]) {
    const { run: other, calls } = setup()
    await expect(other({ plot })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('--plot: ') as string,
    })
    expect(calls).toEqual([])
  }
})

it('refuses to follow a backtest that does not exist', async () => {
  const { run } = setup()
  await expect(run({ what: { follow: 'nothing' } })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    message: expect.stringContaining('"nothing"') as string,
  })
})
