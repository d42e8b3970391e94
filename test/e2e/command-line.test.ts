import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, parseDatabaseUrl } from '../../src/db/connection.js'
import { rawBars } from '../support/bars.js'
import { createTestDatabase, createTestFolder } from '../support/database.js'
import type { TestDatabase } from '../support/database.js'
import { hangs, naverTable, sends, startVendor } from '../support/vendors.js'
import type { Vendor } from '../support/vendors.js'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

interface Started {
  readonly child: ChildProcess
  /** Both streams, as they came. */
  output(): string
  /** Resolves when the output matches; rejects when the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  readonly exit: Promise<number | null>
}

const running = new Set<ChildProcess>()
let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await createTestFolder()
})
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})
afterAll(async () => {
  await database.drop()
})

function start(args: readonly string[], environment: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      ML_THREADS: '1',
      PORT: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const listener of listeners) listener()
    })
  }
  const exit = once(child, 'close').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  return {
    child,
    exit,
    output: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(text)
          if (found) resolve(found)
        }
        listeners.add(look)
        look()
        void exit.then((code) =>
          reject(new Error(`ended with ${code ?? 'a signal'} before ${pattern}: ${text}`)),
        )
      }),
  }
}

async function run(
  args: readonly string[],
  environment?: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const started = start(args, environment)
  const code = await started.exit
  return { code, output: started.output() }
}

async function csvOf(name: string, count: number, from = '2023-07-03'): Promise<string> {
  const file = path.join(folder, name)
  const rows = rawBars({ symbol: 'KOSPI', from, count })
  const lines = rows.map((bar) => [bar.session, bar.open, bar.high, bar.low, bar.close, bar.volume].join(','))
  await writeFile(file, ['Date,Open,High,Low,Close,Volume', ...lines, ''].join('\n'))
  return file
}

async function untilSomebodyWaits(pool: ReturnType<typeof createPool>): Promise<void> {
  for (let looks = 0; looks < 500; looks += 1) {
    const { rows } = await pool.query(
      'SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())',
    )
    if (rows.length > 0) return
    await sleep(20)
  }
  throw new Error('nobody waits for the lock')
}

describe('kospigraph serve', () => {
  it('loads the sample market, answers, and drains on Ctrl-C', async () => {
    const empty = await createTestDatabase()
    const serve = start(['serve'], { DATABASE_URL: empty.url })
    const [, url = ''] = await serve.until(/GraphQL +(http:\S+)/)
    expect(serve.output()).toMatch(/SIM001, SIM002, SIM003: a simulated market of 1,500 bars/)
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ forecast(symbol: "SIM001") { servedBy } }' }),
    })
    expect(await answer.json()).toEqual({ data: { forecast: { servedBy: 'PERSISTENCE' } } })
    // A terminal's Ctrl-C comes twice where npm stands between.
    serve.child.kill('SIGINT')
    serve.child.kill('SIGINT')
    expect(await serve.exit).toBe(0)
    expect(serve.output()).not.toMatch(/at once/)
    await empty.drop()
  })

  it('keeps every row and starts again by itself after it was killed', async () => {
    const environment = { DATABASE_URL: '', KOSPIGRAPH_HOME: path.join(await createTestFolder(), 'home') }
    const file = await csvOf('killed.csv', 230)
    const first = start(['serve', '--no-sample'], environment)
    await first.until(/GraphQL/)
    expect((await run(['ingest', file, '--symbol', 'KOSPI'], environment)).output).toMatch(/230 stored/)
    first.child.kill('SIGKILL')
    await first.exit

    const second = start(['serve', '--no-sample'], environment)
    const [, url = ''] = await second.until(/GraphQL +(http:\S+)/)
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ dataSummary(symbol: "KOSPI") { rows } }' }),
    })
    expect(await response.json()).toEqual({ data: { dataSummary: { rows: 230 } } })
    second.child.kill('SIGTERM')
    expect(await second.exit).toBe(0)
  })

  it('drains when its terminal is closed', async () => {
    const serve = start(['serve', '--no-sample'])
    await serve.until(/GraphQL/)
    serve.child.kill('SIGHUP')
    expect(await serve.exit).toBe(0)
    expect(serve.output()).toMatch(/Stopping: running requests may finish/)
  })

  it('finishes a request that is running when the signal comes', async () => {
    const serve = start(['serve', '--no-sample'])
    const [, url = ''] = await serve.until(/GraphQL +(http:\S+)/)
    const bars = rawBars({ symbol: '', from: '2023-07-03', count: 240, decimals: 0 }).map(
      ({ session, open, high, low, close, volume }) => ({ session, open, high, low, close, volume }),
    )
    const blocker = createPool(parseDatabaseUrl(database.url), { max: 2 })
    try {
      const holder = await blocker.connect()
      await holder.query('BEGIN; LOCK TABLE symbol IN ACCESS EXCLUSIVE MODE')
      const answer = fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'mutation ($input: IngestBarsInput!) { ingestBars(input: $input) { stored } }',
          variables: { input: { symbol: '000270', bars } },
        }),
      }).then((response) => response.json())
      await untilSomebodyWaits(blocker)
      serve.child.kill('SIGTERM')
      await serve.until(/Stopping/)
      await holder.query('COMMIT')
      holder.release()
      expect(await answer).toEqual({ data: { ingestBars: { stored: 240 } } })
      expect(await serve.exit).toBe(0)
    } finally {
      await blocker.end()
    }
  })

  it('names the port that is taken and the variable that changes it', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    try {
      const { code, output } = await run(['serve', '--no-sample'], { PORT: String(port) })
      expect(code).toBe(1)
      expect(output).toMatch(new RegExp(`Port ${port} on 127.0.0.1 is taken.*set PORT`))
    } finally {
      other.close()
    }
  })

  it('refuses another host without a token before it opens anything', async () => {
    const { code, output } = await run(['serve'], {
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    })
    expect(code).toBe(1)
    expect(output).toMatch(/CONFIGURATION: HOST 0\.0\.0\.0 .*set API_TOKEN/)
    expect(output).not.toMatch(/ {4}at /)
  })

  it('says what is wrong with a database that is not there', async () => {
    const { code, output } = await run(['serve'], { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
    expect(code).toBe(1)
    expect(output).toMatch(/DATABASE: PostgreSQL at 127\.0\.0\.1:1\/none cannot be used/)
    expect(output).not.toMatch(/ {4}at /)
  })
})

describe('kospigraph ingest and retrain', () => {
  it('take a file in and forecast the session after it', async () => {
    const file = await csvOf('kospi.csv', 230)
    const ingest = await run(['ingest', file, '--symbol', 'KOSPI'])
    expect(ingest.output).toMatch(/kospi\.csv: read as plain table; volume in shares, unless --volume-unit/)
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

  it('say what is stored, and take a bar back', async () => {
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
    const stored = path.join(folder, 'split.csv')
    const adjusted = path.join(folder, 'adjusted.csv')
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

  it('end quietly when nobody reads their output', async () => {
    const file = await csvOf('unread.csv', 230)
    const started = start(['ingest', file, '--symbol', '005490'])
    started.child.stdout?.destroy()
    await started.exit
    expect(started.output()).not.toMatch(/EPIPE| {4}at /)
  })

  it('end with 1 and the rows that are wrong, having stored nothing', async () => {
    const file = path.join(folder, 'bad.csv')
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
    [['ingest', 'nowhere.csv', '--symbol', 'kospi'], /neither KOSPI nor a six-character KRX code/],
    [['ingest', 'x.csv', '--columns', 'when=1'], /--columns: "when=1" names no column; expected date=…/],
    [['ingest', 'x.csv', '--date-order', 'YDM'], /Allowed choices are DMY, MDY, YMD/],
    [['frobnicate'], /unknown command 'frobnicate'/],
  ])('refuse %j with the remedy and without a stack', async (args, message) => {
    const { code, output } = await run(args)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/ {4}at /)
  })
})

describe('kospigraph sync', () => {
  let vendor: Vendor
  const sync = (...args: string[]) => run(['sync', ...args], { PROVIDERS: 'naver', NAVER_URL: vendor.url })
  beforeAll(async () => {
    vendor = await startVendor(hangs)
  })
  afterAll(() => vendor.close())

  it('fetches bars and says in a line what a symbol has now', async () => {
    vendor.respond = sends(
      naverTable(rawBars({ symbol: '051910', from: '2024-01-02', count: 5, decimals: 0 })),
    )
    const first = await sync('--symbol', '051910', '--from', '2024-01-02')
    expect(first.output).toMatch(/^051910 {2}naver: 5 new; last bar 2024-01-08, not the newest$/m)
    expect(first.output).toMatch(
      /^ {2}1 symbol to 20\d\d-\d\d-\d\d in [\d.]+ s: 5 new, 0 corrected, 1 behind, 0 failed\.$/m,
    )
    expect(first.code).toBe(0)
    expect((await sync('--symbol', '051910')).output).toMatch(/^051910 {2}naver: nothing new;/m)
  })

  it('ends with 1 where a symbol failed, with the reason and what to do, in 80 columns', async () => {
    vendor.respond = sends(`<html>${'Sorry, we are busy. '.repeat(20)}</html>`)
    const { code, output } = await sync('--symbol', '051910', '035720')
    expect(code).toBe(1)
    expect(output).toMatch(/^035720 {2}FAILED; no bars yet$/m)
    expect(output).toMatch(/^ {8}naver CHANGED_FORMAT: expected a list of rows, got status 200 and$/m)
    expect(output).toMatch(/^ {2}CHANGED_FORMAT: the vendor answers differently/m)
    expect(output).toMatch(/2 failed\.$/m)
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(output).not.toMatch(/ {4}at /)
  })

  it('ends at a signal while a vendor keeps it waiting', async () => {
    vendor.respond = hangs
    const { length } = vendor.asked
    const started = start(['sync', '--symbol', '051910'], { PROVIDERS: 'naver', NAVER_URL: vendor.url })
    while (vendor.asked.length === length) await sleep(20)
    started.child.kill('SIGINT')
    expect(await started.exit).toBe(130)
    expect(started.output()).toBe('ABORTED: stopped by SIGINT\n')
  })

  it.each<[string[], Record<string, string>, RegExp]>([
    [[], {}, /CONFIGURATION: no provider is configured .* set PROVIDERS, for instance PROVIDERS=yahoo,naver/],
    [[], { PROVIDERS: 'krx' }, /CONFIGURATION: Environment: PROVIDERS "krx": "krx" is no provider/],
    [['--symbol', 'SIM001'], { PROVIDERS: 'yahoo' }, /reserved for the simulated market/],
    [['--from', 'monday'], { PROVIDERS: 'yahoo' }, /Write the date as YYYY-MM-DD/],
  ])('refuses %j with %j, names the remedy and shows no stack', async (args, environment, message) => {
    const { code, output } = await run(['sync', ...args], environment)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/ {4}at /)
  })
})

describe('kospigraph verify and doctor', () => {
  it('make a version of an own recipe again, and say where they cannot', async () => {
    const file = await csvOf('verified.csv', 230)
    const recipes = path.join(folder, 'recipes.json')
    const own = { name: 'pair', extends: 'returns', members: 2, windowSamples: 150 }
    await writeFile(recipes, JSON.stringify({ recipes: [own] }))
    await run(['ingest', file, '--symbol', 'KOSPI'])
    const retrain = await run(['retrain', '--symbol', 'KOSPI', '--recipe', 'pair'], { RECIPES_FILE: recipes })
    expect(retrain.output).toMatch(/KOSPI pair version 1\n/)
    expect(retrain.output).toMatch(/156 bars, 150 samples/)
    expect(retrain.output).toMatch(/in 5 epochs, 2 networks averaged/)
    const [, id = ''] = /^ +id +(\S+)$/m.exec(retrain.output) ?? []

    // Without the file: a version carries its recipe with it.
    const verified = await run(['verify', id])
    expect(verified.output).toMatch(/^IDENTICAL +scaler, weights and losses of 2 networks came out again/m)
    expect(verified.output).toMatch(/stored +([0-9a-f]{64})\nrefitted +\1\n/)
    expect(verified.code).toBe(0)

    const pool = createPool(parseDatabaseUrl(database.url), { max: 1 })
    await pool.query(`UPDATE model_version SET engine_version = 'wasm-0' WHERE id = $1`, [id])
    await pool.end()
    const changed = await run(['verify', id])
    expect(changed.output).toMatch(
      /^NOT_COMPARABLE +it was fitted by engine wasm-0, and this program has wasm-/m,
    )
    expect(changed.output).toMatch(/^changed +ENGINE_CHANGED$/m)
    expect(changed.code).toBe(1)
  })

  it('print engines and choices without a database', async () => {
    const { code, output } = await run(['doctor'], {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      ML_ENGINE: 'wasm',
    })
    expect(code).toBe(0)
    expect(output).toMatch(/^wasm +wasm-\d+ on wasm-simd x1 thread$/m)
    for (const recipe of ['seed', 'returns']) {
      for (const fits of ['1', '100', '2,000']) {
        expect(output).toMatch(new RegExp(`^${recipe} +${fits} +(under )?[\\d.]+ m?s .* wasm$`, 'm'))
      }
    }
    expect(output).toMatch(/ML_ENGINE is wasm/)
  })

  it('end the doctor at a signal, without a table and without a stack', async () => {
    const recipes = path.join(folder, 'slow-recipes.json')
    const slow = { extends: 'seed', windowSamples: 1_000, lookbackBars: 100, hidden: 128, epochs: 1_000 }
    await writeFile(recipes, JSON.stringify({ recipes: [{ name: 'slow', ...slow }] }))
    const doctor = start(['doctor'], { RECIPES_FILE: recipes, ML_ENGINE: 'wasm' })
    // Which takes far longer than it takes to stop it.
    await doctor.until(/^Timing fits/m)
    doctor.child.kill('SIGINT')
    expect(await doctor.exit).toBe(130)
    expect(doctor.output()).toMatch(/^Timing fits .*\nABORTED: .*\n$/)
  })

  it.each<[string[], Record<string, string>, RegExp]>([
    [['verify', 'x'], {}, /BAD_USER_INPUT: id: there is no model version "x"/],
    [['verify'], {}, /missing required argument 'id'/],
    [
      ['doctor'],
      { RECIPES_FILE: 'nowhere.json' },
      /CONFIGURATION: RECIPES_FILE cannot be read: .*nowhere\.json/,
    ],
    [
      ['doctor'],
      { CALENDAR_FILE: 'nowhere.json' },
      /CONFIGURATION: CALENDAR_FILE cannot be read: .*nowhere\.json/,
    ],
    [['doctor'], { ML_ENGINE: 'cuda' }, /CONFIGURATION: Environment: ML_ENGINE /],
  ])('refuse %j %j with the remedy and without a stack', async (args, environment, message) => {
    const { code, output } = await run(args, environment)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/ {4}at /)
  })
})

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

  it('runs one, draws it and certifies it', async () => {
    const plot = path.join(folder, 'fixed.svg')
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

  it('stopped by Ctrl-C, keeps what is done, which can be looked at again', async () => {
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

  it('refuses in a line what cannot be', async () => {
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
