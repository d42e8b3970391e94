import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { useCommandLine } from '../../support/command-line.js'

const cli = useCommandLine()
const { start, run, csvOf } = cli

// Compiled tests lie in dist/test/e2e/cli.
const PAGE = readFileSync(new URL('../../../../docs/command-line.md', import.meta.url), 'utf8')

/** The fields that the page lists for a command. */
function documentedFields(command: string): string[] {
  const section = new RegExp(`^### ${command}\\n([^]*?)(?=^##|(?![^]))`, 'm').exec(PAGE)?.[1] ?? ''
  return [...section.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, field = '']) => field),
  )
}

/** The one object on standard output. */
function objectOf(stdout: string): Record<string, unknown> {
  expect(stdout).toMatch(/^\{.*\}\n$/)
  return JSON.parse(stdout) as Record<string, unknown>
}

async function json(...args: string[]): Promise<{ code: number | null; object: Record<string, unknown> }> {
  const { code, stdout } = await run([...args, '--json'], { PROVIDERS: 'KOSPI=csv', CSV_FOLDER: cli.folder })
  return { code, object: objectOf(stdout) }
}

async function expectDocumented(command: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, object } = await json(command, ...args)
  expect({ command, object, fields: Object.keys(object).sort() }).toEqual({
    command,
    object,
    fields: documentedFields(command).sort(),
  })
  expect(code).toBe(0)
  return object
}

describe('--json', () => {
  beforeAll(async () => {
    // As the provider `csv` finds it as well.
    const file = await csvOf('KOSPI.csv', 230, '2025-12-01')
    expect(await expectDocumented('ingest', file, '--symbol', 'KOSPI')).toMatchObject({
      status: 'STORED',
      stored: 230,
      symbols: [{ code: 'KOSPI', dataVersion: 1 }],
    })
  })

  it('writes one object with the documented fields for commands about bars', async () => {
    await expectDocumented('migrate')
    expect(await expectDocumented('sync')).toMatchObject({ failed: 0, symbols: [{ code: 'KOSPI' }] })
    await expectDocumented('withdraw', '2025-12-02', '--symbol', 'KOSPI', '--reason', 'a test')
    expect(await expectDocumented('symbols', '--search', 'kos')).toMatchObject({
      symbols: [{ code: 'KOSPI', kind: 'INDEX', simulated: false }],
      hasMore: false,
    })
    expect(await expectDocumented('data', 'KOSPI')).toMatchObject({ rows: 229, missingCount: 1 })
  })

  it('writes one object with the documented fields for commands about models', async () => {
    const retrained = await expectDocumented('retrain', '--symbol', 'KOSPI', '--recipe', 'returns')
    const { version, forecast } = retrained as { version: { id: string }; forecast: { id: string } }
    expect(await expectDocumented('versions', 'KOSPI')).toMatchObject({ versions: [version] })
    expect(await expectDocumented('verify', version.id)).toMatchObject({ outcome: 'IDENTICAL' })
    expect(await expectDocumented('forecast', 'KOSPI')).toMatchObject({
      forecast: { id: forecast.id, symbol: 'KOSPI', servedBy: 'PERSISTENCE' },
      candidates: [{ contender: 'persistence' }, { contender: 'returns' }],
    })
    expect((await json('forecast')).object).toMatchObject({
      forecasts: [{ id: forecast.id }],
      hasMore: false,
    })
    await expectDocumented('doctor')
  })

  it('writes one object with the documented fields for backtests and nights', async () => {
    const backtest = await expectDocumented('backtest', 'KOSPI', '--recipe', 'returns')
    expect(backtest).toMatchObject({ backtest: { symbol: 'KOSPI', status: 'SUCCEEDED' }, certificate: null })
    expect(await expectDocumented('backtests')).toMatchObject({ backtests: [backtest['backtest']] })
    await expectDocumented('nights')
  })

  it('writes where a server listens, once it does', async () => {
    const serve = start(['serve', '--no-sample', '--json'])
    await serve.until(/\}\n/)
    const object = objectOf(serve.stdout())
    expect(Object.keys(object).sort()).toEqual(documentedFields('serve').sort())
    expect((await fetch(new URL('/health', String(object['url'])))).status).toBe(200)
    serve.child.kill('SIGINT')
    expect(await serve.exit).toBe(0)
    objectOf(serve.stdout())
  })

  it('writes a negative result as a result, and ends with 1', async () => {
    const file = path.join(cli.folder, 'bad.csv')
    await writeFile(file, 'date,open,high,low,close,volume\n2024-01-02,1,2,3,1,5\n')
    expect(await json('ingest', file, '--symbol', '005380')).toMatchObject({
      code: 1,
      object: { status: 'REJECTED', problems: [{ row: 1, code: 'CONTRADICTORY' }] },
    })
  })

  it.each([
    [['data', 'kospl'], 'BAD_USER_INPUT', /"kospl" is neither an index/],
    [['retrain', '--symbol', '123456'], 'BAD_USER_INPUT', /"123456" has no bars here/],
    [['retrain'], 'BAD_USER_INPUT', /required option '--symbol <code>' not specified/],
    [['symbols', '--limit', '1001'], 'BAD_USER_INPUT', /a whole number from 1 to 1000/],
    [['frobnicate'], 'BAD_USER_INPUT', /unknown command 'frobnicate'/],
  ])('writes the failure of %j as one object', async (args, code, message) => {
    const failed = await json(...args)
    expect(failed).toEqual({
      code: 1,
      object: { error: { code, message: expect.stringMatching(message) as string } },
    })
  })

  it('writes that a signal has ended the command, and keeps its exit code', async () => {
    const doctor = start(['doctor', '--json'])
    await doctor.until(/^Timing fits/m)
    doctor.child.kill('SIGINT')
    expect(await doctor.exit).toBe(130)
    expect(objectOf(doctor.stdout())).toMatchObject({ error: { code: 'ABORTED' } })
  })
})
