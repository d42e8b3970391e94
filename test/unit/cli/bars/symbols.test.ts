import { runSymbols } from '../../../../src/cli/bars/symbols.js'
import type { StoredSymbol } from '../../../../src/domain/symbol.js'
import type { SymbolFilter } from '../../../../src/db/symbols.js'
import { SYMBOL } from '../../../support/backtests.js'
import { createRecordingTerminal } from '../../../support/terminal.js'

const SHARE: StoredSymbol = {
  ...SYMBOL,
  id: 2,
  code: '005930',
  name: '삼성전자',
  kind: 'COMMON_SHARE',
  dataVersion: 1_234,
}

function setup(items: readonly StoredSymbol[], hasNextPage = false) {
  const asked: { filter: SymbolFilter; limit: number }[] = []
  const terminal = createRecordingTerminal()
  const run = (search?: string): Promise<0> =>
    runSymbols(
      {
        symbols: (filter, { limit }) => {
          asked.push({ filter, limit })
          return Promise.resolve({ items, hasNextPage, hasPreviousPage: false })
        },
      },
      terminal,
      { search, kind: search === undefined ? undefined : 'COMMON_SHARE', market: undefined, limit: 2 },
    )
  return { run, terminal, asked }
}

describe('kospigraph symbols', () => {
  it('lists symbols in columns, Hangul names too, and points to --limit where there are more', async () => {
    const { run, terminal, asked } = setup([SYMBOL, SHARE], true)
    expect(await run()).toBe(0)
    expect(asked).toEqual([{ filter: {}, limit: 2 }])
    expect(terminal.printed).toEqual([
      'symbol  name                   kind          market  data version',
      'KOSPI   KOSPI Composite Index  index         KOSPI              1',
      '005930  삼성전자               common share  KOSPI          1,234',
    ])
    expect(terminal.notes).toEqual(['There are more; --limit lists more of them.'])
    expect(terminal.results).toMatchObject([
      { symbols: [{ code: 'KOSPI' }, { code: '005930' }], hasMore: true },
    ])
    expect(JSON.stringify(terminal.results)).not.toContain('"id"')
  })

  it('passes its filter on, and reports that nothing matches', async () => {
    const { run, terminal, asked } = setup([])
    expect(await run('삼성')).toBe(0)
    expect(asked).toEqual([{ filter: { search: '삼성', kind: 'COMMON_SHARE' }, limit: 2 }])
    expect(terminal.notes).toEqual(['No stored symbol matches.'])
    expect(terminal.results).toEqual([{ symbols: [], hasMore: false }])
  })
})
