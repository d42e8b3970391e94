import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeFile } from 'node:fs/promises'
import { useCommandLine } from '../../support/command-line.js'

const cli = useCommandLine()
const { run, start, csvOf } = cli
const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url))
const COLUMNS = 80
// eslint-disable-next-line no-control-regex -- the expression matches the escape sequences that a terminal receives
const ESCAPES = /\x1b(\[[0-9;?]*[a-zA-Z]|[78])/g

/** Runs a command on a terminal of 80 columns. @returns the lines that stay on it */
async function onTerminal(args: readonly string[]): Promise<string[]> {
  const command = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', `stty cols ${COLUMNS}; ${command}`, '/dev/null'], {
    cwd: cli.folder,
    env: { PATH: process.env['PATH'], DATABASE_URL: cli.databaseUrl, ML_THREADS: '1', TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  await once(child, 'close')
  // The bar is drawn again and again from the first column on; only its last state stays.
  return text
    .replaceAll('\x1b[1G', '\r')
    .replace(ESCAPES, '')
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
}

// `script` of other systems takes other options.
const onLinux = process.platform === 'linux' ? it : it.skip

describe('on a terminal of 80 columns', () => {
  onLinux('no command writes a wider line, which would break within a word', async () => {
    const file = await csvOf('prices-of-the-index-as-a-vendor-with-a-long-name-exports-them.csv', 230)
    const bad = path.join(cli.folder, 'bad.csv')
    await writeFile(bad, 'date,open,high,low,close,volume\n2024-01-02,1,2,3,1,5\n')
    const outputs = [
      ['ingest', file, '--symbol', 'KOSPI'],
      ['ingest', bad, '--symbol', '005380'],
      ['retrain', '--symbol', 'KOSPI', '--recipe', 'returns'],
      ['forecast', 'KOSPI'],
      ['versions', 'KOSPI'],
    ]
    const lines: string[] = []
    for (const args of outputs) lines.push(...(await onTerminal(args)))
    expect(lines.filter((line) => line.length > COLUMNS)).toEqual([])
    const text = lines.join('\n')
    expect(text).toMatch(/^prices-of-the-index-as-… █+ 100% [\d.]+\/[\d.]+ MB 230 rows$/m)
    // The bar of a fit that is done at once stands at its end as well.
    expect(text).toMatch(/^KOSPI returns █+ 100% 20\/20 epochs/m)
    expect(text).not.toContain('░')
  })
})

describe('colours', () => {
  const ESCAPE = '\x1b['
  async function logOf(environment: Record<string, string>): Promise<string> {
    const serve = start(['serve', '--role', 'scheduler'], environment)
    await serve.until(/Stop with/)
    serve.child.kill('SIGINT')
    await serve.exit
    return serve.output()
  }

  it('are left out where no terminal reads the log, unless FORCE_COLOR asks for them', async () => {
    expect(await logOf({})).not.toContain(ESCAPE)
    expect(await logOf({ FORCE_COLOR: '1' })).toContain(ESCAPE)
    expect((await run(['--help'], { FORCE_COLOR: '1' })).output).not.toContain(ESCAPE)
  })
})
