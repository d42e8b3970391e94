import { runSyncReset, runSyncStatus } from '../../../../src/cli/bars/sync-status.js'
import type { ProviderStatus } from '../../../../src/services/sync/provider-status.js'
import { createRecordingTerminal } from '../../../support/terminal.js'

const OPEN: ProviderStatus = {
  provider: 'krx',
  configured: true,
  state: 'OPEN',
  since: new Date('2026-10-01T00:00:00Z'),
  until: new Date('2026-10-02T00:00:00Z'),
  reason: 'REFUSED: the key has expired',
  outages: 1,
  lastSuccessAt: null,
  callsToday: 1_200,
  callsPerDay: 10_000,
}
const CLOSED: ProviderStatus = {
  ...OPEN,
  provider: 'yahoo',
  state: 'CLOSED',
  until: null,
  reason: null,
  outages: 0,
}

const statuses = (...all: ProviderStatus[]) => ({
  all: () => Promise.resolve(all),
  reset: (_: string, reason: string) => Promise.resolve({ ...CLOSED, reason }),
})

describe('what kospigraph sync --status prints', () => {
  it('shows why and until when a provider is paused, and ends with 1', async () => {
    const terminal = createRecordingTerminal()
    expect(await runSyncStatus(statuses(OPEN, CLOSED), terminal)).toBe(1)
    const text = terminal.printed.join('\n')
    expect(text).toMatch(/^krx {5}OPEN since 2026-10-01T00:00:00\.000Z; until\s+2026-10-02T00:00:00\.000Z;/m)
    expect(text).toMatch(/last success\s+never/)
    expect(text).toMatch(/REFUSED: the key has expired/)
    expect(text).toMatch(/^yahoo {3}CLOSED/m)
  })

  it('ends with 0 where every configured provider is asked', async () => {
    expect(
      await runSyncStatus(statuses(CLOSED, { ...OPEN, configured: false }), createRecordingTerminal()),
    ).toBe(0)
    const terminal = createRecordingTerminal()
    expect(await runSyncStatus(statuses(), terminal)).toBe(0)
    expect(terminal.printed.join(' ')).toMatch(/set PROVIDERS/)
  })

  it('resets with a reason only', async () => {
    const terminal = createRecordingTerminal()
    const reset = (reason: string | undefined) =>
      runSyncReset(statuses(), terminal, { provider: 'krx', reason })
    await expect(reset(undefined)).rejects.toThrow('give the reason, as in --reset krx --reason "a new key"')
    expect(await reset('a new key')).toBe(0)
    expect(terminal.printed.join('\n')).toMatch(/CLOSED[^]*a new key/)
  })
})
