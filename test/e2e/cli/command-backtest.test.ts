import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { useCommandLine } from '../../support/command-line.js'
import { createTestDatabase } from '../../support/database.js'
import type { TestDatabase } from '../../support/database.js'

const cli = useCommandLine()
const { start, run, csvOf } = cli

describe('kospigraph backtest', () => {
  let own: TestDatabase
  let environment: Record<string, string>
  beforeAll(async () => {
    own = await createTestDatabase()
    environment = { DATABASE_URL: own.url }
    const file = await csvOf('backtest.csv', 1_800, '2015-01-02')
    expect((await run(['ingest', file, '--symbol', 'KOSPI'], environment)).code).toBe(0)
  })
  afterAll(async () => {
    await own.drop()
  })

  it('runs, draws and certifies a backtest', async () => {
    const plot = path.join(cli.folder, 'fixed.svg')
    const split = ['--protocol', 'fixed-split', '--train-samples', '400', '--plot', plot]
    const { code, output } = await run(
      ['backtest', 'KOSPI', ...split, '--certify', '2021-06-30', '--threshold', '0.001'],
      environment,
    )
    expect(output).toMatch(/KOSPI seed, fixed split, one fit on the first 400 samples/)
    expect(output).toMatch(/Equity, net, from .*\n {2}strategy {2}[▁▂▃▄▅▆▇█]{40,}/)
    expect(output.replaceAll('\n', ' ')).toMatch(/rows up to it came out again, byte for byte/)
    expect(output.split('\n').filter((line) => /^( |\w+ seed)/.test(line) && line.length > 80)).toEqual([])
    expect(code).toBe(0)
    expect(await readFile(plot, 'utf8')).toMatch(/data-series="loss"/)
  })

  it('keeps what is done when stopped by Ctrl-C, and shows it again', async () => {
    const started = start(['backtest', 'KOSPI', '--recipe', 'returns'], environment)
    await started.until(/KOSPI returns: \d+ of 1\d+ sessions, .*skill/)
    started.child.kill('SIGINT')
    expect(await started.exit).toBe(130)
    const [, done, id = ''] = /(\d[\d,]*) of them done[^]+Backtest (\S+),/.exec(started.output()) ?? []
    expect(started.output()).toContain(`Cancelled after ${String(done)} of `)
    const again = await run(['backtest', '--follow', id], environment)
    expect(again.output).toContain(`${String(done)} of them done`)
    expect(again.code).toBe(1)
  })

  it('refuses invalid arguments in one line', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, output } = await run(['backtest', ...args], environment)
      expect(code).toBe(1)
      return output
    }
    expect(await refused('KOSPI', '--train-samples', '300')).toBe(
      'BAD_USER_INPUT: --train-samples is for --protocol fixed-split\n',
    )
    expect(await refused('KOSPI', '--from', '2015-03-02')).toMatch(/^BAD_USER_INPUT: from: KOSPI has .*\n$/)
    expect(await refused()).toMatch(/^BAD_USER_INPUT: Give a symbol .*\n$/)
    expect(await refused('--follow', 'x', '--seed', '3')).toMatch(/--follow.*cannot be used with.*--seed/)
    expect(await refused('KOSPI', '--strategy', 'constructor')).toMatch(/long-flat and long-short/)
    expect(await refused('KOSPI', '--as-of', '2024-07-01')).toMatch(/with its zone/)
  })
})
