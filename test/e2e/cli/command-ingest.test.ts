import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { rawBars } from '../../support/bars.js'
import { useCommandLine } from '../../support/command-line.js'
import { createTestDatabase } from '../../support/database.js'

const cli = useCommandLine()
const { start, run, csvOf } = cli

describe('kospigraph ingest and retrain', () => {
  it('import a file and forecast the session after it', async () => {
    const file = await csvOf('kospi.csv', 230)
    const ingest = await run(['ingest', file, '--symbol', 'KOSPI'])
    expect(ingest.output).toMatch(
      /kospi\.csv: read as plain table; volume in thousands of shares, as the volumes of KOSPI in/,
    )
    expect(ingest.output).toMatch(/kospi\.csv: 230 rows in [\d.]+ s: 230 stored, 0 unchanged, 0 rejected\./)
    expect(ingest.code).toBe(0)
    expect((await run(['ingest', file, '--symbol', 'KOSPI'])).output).toMatch(/0 stored, 230 unchanged/)

    const retrain = await run(['retrain', '--symbol', 'KOSPI'])
    expect(retrain.code).toBe(0)
    expect(retrain.output).toMatch(/KOSPI seed version 1\n/)
    expect(retrain.output).toMatch(/Forecast for 2024-06-12, REPLAY\n +served +[\d,.]+ +by PERSISTENCE/)
    const replay = await run(['retrain', '--symbol', 'KOSPI', '--as-of-session', '2024-06-05', '--seed', '3'])
    expect(replay.output).toMatch(/Forecast for 2024-06-07/)
  })

  it('report what is stored, and withdraw a bar', async () => {
    const file = await csvOf('withdrawn.csv', 30)
    const own = await createTestDatabase()
    const here = { DATABASE_URL: own.url }
    await run(['ingest', file, '--symbol', 'KOSPI'], here)
    const withdrawn = await run(
      ['withdraw', '2023-07-05', '2023-07-08', '--symbol', 'KOSPI', '--reason', 'a test'],
      here,
    )
    expect(withdrawn.output).toMatch(
      /^KOSPI: 1 bar withdrawn, data version 2; 1 of the sessions had none\.$/m,
    )
    const { output, code } = await run(['data', 'KOSPI'], here)
    expect(code).toBe(0)
    expect(output).toMatch(/^KOSPI .*: 29 bars, 2023-07-03 to 2023-08-11\n {2}data version 2$/m)
    expect(output).toMatch(/^1 session is missing:\n {2}2023-07-05$/m)
    const again = await run(['withdraw', '2023-07-05', '--symbol', 'KOSPI', '--reason', 'a test'], here)
    expect(again).toMatchObject({ code: 1, output: 'KOSPI has no bar on that session.\n' })
    await own.drop()
  })

  it('stop before back-adjusted prices, and let them replace the stored ones where they are accepted', async () => {
    const stored = path.join(cli.folder, 'split.csv')
    const adjusted = path.join(cli.folder, 'adjusted.csv')
    const rows = rawBars({ symbol: '035420', from: '2024-01-02', count: 30, decimals: 0 })
    const csv = (ratioOf: (at: number) => number): string =>
      rows
        .map(({ session, open, high, low, close, volume }, at) => {
          const prices = [open, high, low, close].map((price) => Math.round(Number(price) * ratioOf(at)))
          return [session, ...prices, volume].join(',')
        })
        .join('\n')
    const header = 'date,open,high,low,close,volume\n'
    await writeFile(stored, `${header}${csv(() => 1)}\n`)
    await writeFile(adjusted, `${header}${csv((at) => (at < 10 ? 0.02 : at < 20 ? 0.2 : 1))}\n`)
    await run(['ingest', stored, '--symbol', '035420'])

    const refused = await run(['ingest', adjusted, '--symbol', '035420'])
    expect(refused.code).toBe(1)
    expect(refused.output).toMatch(/30 rows in [\d.]+ s: 0 stored, 0 unchanged, 30 rejected\.$/m)
    expect(refused.output).toMatch(/row 1 +035420 +2024-01-02 +BACK_ADJUSTMENT +10 closes .* times 0\.0200/)
    expect(refused.output).toMatch(/row 11 +035420 .* BACK_ADJUSTMENT +10 closes .* times (0\.2|0\.1999)/)
    expect(refused.output).toMatch(/Replace their prices with --accept-adjustments, or leave them out/)

    const accepted = await run(['ingest', adjusted, '--symbol', '035420', '--accept-adjustments'])
    expect(accepted.code).toBe(0)
    expect(accepted.output).toMatch(/0 stored, 20 corrected, 10 unchanged, 0 rejected\.$/m)
    expect(accepted.output).toMatch(/^ {2}035420: prices from 2024-01-02 to \S+ were adjusted by 0\.0200/m)
    expect((await run(['data', '035420'])).output).toMatch(/^Replaced values\n +ADJUSTED +20$/m)
  })

  it('end quietly when the reader of their output has gone', async () => {
    const file = await csvOf('unread.csv', 230)
    const started = start(['ingest', file, '--symbol', '005490'])
    started.child.stdout?.destroy()
    await started.exit
    expect(started.output()).not.toMatch(/EPIPE| {4}at /)
  })

  it('end with 1 and the rows that are wrong, having stored nothing', async () => {
    const file = path.join(cli.folder, 'bad.csv')
    await writeFile(file, 'date,open,high,low,close,volume\n2024-01-02,1,2,3,1,5\n2024-01-03,1,2,1,1,5\n')
    const { code, output } = await run(['ingest', file, '--symbol', '005380'])
    expect(code).toBe(1)
    expect(output).toMatch(/row 1 +005380 +2024-01-02 +CONTRADICTORY/)
    expect(output).toMatch(/Nothing was stored\..*--skip-invalid/)
  })

  it.each([
    [['retrain', '--symbol', '123456'], /BAD_USER_INPUT: symbol "123456" has no bars here/],
    [['retrain', '--symbol', 'KOSPI', '--as-of-session', '2024-02-30'], /Write the date as YYYY-MM-DD/],
    [['retrain'], /--symbol <code>/],
    [['ingest', 'nowhere.csv', '--symbol', 'KOSPI'], /nowhere\.csv cannot be read/],
    [
      ['ingest', 'nowhere.csv', '--symbol', 'kospl'],
      /neither an index such as KOSPI nor a six-character KRX code/,
    ],
    [
      ['ingest', 'x.csv', '--columns', 'when=1'],
      /--columns: "when=1" is not a column choice; expected date=…/,
    ],
    [['ingest', 'x.csv', '--date-order', 'YDM'], /Allowed choices are DMY, MDY, YMD/],
    [['frobnicate'], /unknown command 'frobnicate'/],
  ])('refuse %j with the remedy and without a stack', async (args, message) => {
    const { code, output } = await run(args)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/ {4}at /)
  })
})
