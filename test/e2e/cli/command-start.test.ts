import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url))
/** Prints the address of every module that is loaded. */
const LOADER = `data:text/javascript,${encodeURIComponent(
  'export async function load(url, context, next) { process._rawDebug(url); return next(url, context) }',
)}`
const HEAVY =
  /@prisma|graphql|fastify|\/pg\/|pino|zod|piscina|cli-progress|csv-parse|src\/(compose|config|db|ml)\//

/** Runs a command. @returns what it prints, and the modules that it loads */
async function load(...args: string[]): Promise<{ code: unknown; output: string; modules: string[] }> {
  const flags = ['--no-warnings', '--experimental-loader', LOADER]
  const child = spawn(process.execPath, [...flags, MAIN, ...args], {
    env: { PATH: process.env['PATH'], DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let loaded = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (loaded += chunk))
  const [code] = (await once(child, 'close')) as unknown[]
  return { code, output, modules: loaded.split('\n').filter((line) => line.startsWith('file:')) }
}

describe('the start of the program', () => {
  it('loads the database for a command that needs it, so this test sees what is loaded', async () => {
    const { code, modules } = await load('doctor', '--help')
    expect(code).toBe(0)
    expect(modules.some((module) => module.endsWith('/src/main.js'))).toBe(true)
    const { modules: ofMigrate } = await load('migrate')
    expect(ofMigrate.some((module) => HEAVY.test(module))).toBe(true)
  })

  it.each([['--version'], ['--help'], ['backtest', '--help'], ['frobnicate']])(
    'loads nothing behind the commands for %s',
    async (...args) => {
      const { modules } = await load(...args)
      expect(modules.length).toBeGreaterThan(10)
      expect(modules.filter((module) => HEAVY.test(module))).toEqual([])
      // Loading takes about a millisecond a module.
      expect(modules.length).toBeLessThan(60)
    },
  )
})
