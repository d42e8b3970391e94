import { execFile, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { rawBars } from '../../support/bars.js'
import { createTestFolder } from '../../support/database.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'
import { sends, startVendor } from '../../support/vendors.js'

const BRIDGE = path.resolve(import.meta.dirname, '../../../../examples/bridge_fdr.py')
const run = promisify(execFile)
const hasPython = spawnSync('python3', ['--version']).status === 0
const describeWithPython = hasPython ? describe : describe.skip
const name = hasPython
  ? 'the bridge for Python users'
  : 'the bridge for Python users (skipped: there is no python3 on this machine)'

/** A frame of the least form that the bridge reads: an index of dates, and columns by name. */
const MODULE = `
import json, os
class Frame:
    def __init__(self, rows):
        self.index = [row["session"] + " 00:00:00" for row in rows]
        self.columns = ["Open", "High", "Low", "Close", "Volume", "Change"]
        self.rows = rows
    def __getitem__(self, column):
        return [row[column.lower()] for row in self.rows]
def DataReader(ticker, start, end):
    with open(os.environ["FRAMES"]) as file:
        rows = json.load(file)[ticker]
    return Frame([row for row in rows if start <= row["session"] <= end])
`

describeWithPython(name, () => {
  const SHARE = rawBars({ symbol: '005930', from: '2024-05-28', count: 31, decimals: 0 })
  let platform: TestPlatform
  let folder: string

  beforeEach(async () => {
    platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
    folder = await createTestFolder()
    await mkdir(path.join(folder, 'modules'))
    await writeFile(path.join(folder, 'modules/FinanceDataReader.py'), MODULE)
  })
  afterEach(() => platform.close())

  async function bridge(rows: readonly object[], args: readonly string[] = [], url?: string) {
    const frames = path.join(folder, 'frames.json')
    await writeFile(frames, JSON.stringify({ SHARE: rows }))
    const environment = {
      ...process.env,
      PYTHONPATH: path.join(folder, 'modules'),
      FRAMES: frames,
      BRIDGE_RETRY_SECONDS: '0',
    }
    const given = [
      '--url',
      url ?? `${(await platform.url()).replace(/\/graphql$/, '')}/graphql`,
      '--symbol',
      'SHARE=005930',
      '--to',
      '2024-07-10',
      ...args,
    ]
    return run('python3', [BRIDGE, ...given], { env: environment }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => error as { code: number; stdout: string; stderr: string },
    )
  }

  it('pushes a frame in chunks, and goes on from the newest stored session when it is started again', async () => {
    const first = await bridge(SHARE.slice(0, 25), ['--chunk', '10'])
    expect(first.stderr).toBe('005930: 25 rows from 2000-01-04\n')
    expect(
      first.stdout
        .trim()
        .split('\n')
        .map((line) => /(\d+) stored/.exec(line)?.[1]),
    ).toEqual(['10', '10', '5'])
    const second = await bridge(SHARE)
    expect(second.stderr).toMatch(/^005930: \d+ rows from 2024-06-1\d$/m)
    expect(second.stdout).toMatch(/^005930: STORED: 6 stored, 0 corrected, 1\d unchanged/)
    const { bars } = await platform.query<{ bars: { edges: unknown[] } }>(
      '{ bars(symbol: "005930") { edges { node { session } } } }',
    )
    expect(bars.edges).toHaveLength(31)
  })

  it('leaves out days without prices, and refuses a day that lacks a value, naming the way out', async () => {
    const empty = { session: '2024-06-06', open: null, high: null, low: null, close: null, volume: null }
    expect((await bridge([...SHARE, empty])).stderr).toMatch(/1 days without prices left out/)
    const broken = await bridge([{ ...SHARE[0], volume: null }], ['--full'])
    expect(broken.code).toBe(1)
    expect(broken.stderr).toMatch(
      /error: SHARE: 2024-05-28 lacks a value; --skip-invalid leaves such days out/,
    )
  })

  it('states the basis that it is given, and a reason for what it cannot do', async () => {
    const bodies: string[] = []
    const vendor = await startVendor((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        bodies.push(body)
        const found = { symbol: null }
        const ingestBars = {
          status: 'STORED',
          stored: 1,
          corrected: 0,
          unchanged: 0,
          dropped: 0,
          rejected: 0,
        }
        response.end(JSON.stringify({ data: body.includes('ingestBars') ? { ingestBars } : found }))
      })
    })
    try {
      const bases = ['--close-basis', 'REGULAR', '--volume-basis', 'EXTENDED', '--adjustment', 'RAW']
      expect((await bridge(SHARE.slice(0, 1), bases, vendor.url)).code).toBe(0)
      expect(JSON.parse(bodies.at(-1) ?? '')).toMatchObject({
        variables: { input: { closeBasis: 'REGULAR', volumeBasis: 'EXTENDED', adjustment: 'RAW' } },
      })
      vendor.respond = sends('', 503)
      const { length } = vendor.asked
      const failed = await bridge(SHARE, [], vendor.url)
      expect(failed.stderr).toMatch(/error: the server answers 503, 5 times; start the server or check --url/)
      expect(vendor.asked).toHaveLength(length + 5)
      expect((await bridge(SHARE, ['--library', 'pykrx'], vendor.url)).stderr).toMatch(
        /503|pip install pykrx/,
      )
    } finally {
      await vendor.close()
    }
    expect((await bridge(SHARE, ['--chunk', '50001'])).stderr).toMatch(/must be 1 to 50000/)
  })
})
