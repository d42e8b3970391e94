/** Commands of the program in processes of their own, on the database and in the folder of one test file. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rawBars } from './bars.js'
import { createTestDatabase, createTestFolder } from './database.js'
import type { TestDatabase } from './database.js'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

export interface Started {
  readonly child: ChildProcess
  /** Both streams, as they came. */
  output(): string
  /** Standard output alone. */
  stdout(): string
  /** Resolves when the output matches; rejects when the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  readonly exit: Promise<number | null>
}

export interface CommandLine {
  /** Where commands run and files are put. */
  readonly folder: string
  /** Of the database that commands use unless the environment names another. */
  readonly databaseUrl: string
  readonly start: (args: readonly string[], environment?: Record<string, string>) => Started
  /** Starts it and waits for its end. */
  readonly run: (
    args: readonly string[],
    environment?: Record<string, string>,
  ) => Promise<{ code: number | null; output: string; stdout: string }>
  /** Writes so many sessions of KOSPI. @returns the file's path */
  readonly csvOf: (name: string, count: number, from?: string) => Promise<string>
}

/** For the top of a test file: makes the database before its tests, ends what they leave running, and drops it. */
export function useCommandLine(): CommandLine {
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

  const start: CommandLine['start'] = (args, environment = {}) => {
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
    let results = ''
    const listeners = new Set<() => void>()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        if (stream === child.stdout) results += chunk
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
      stdout: () => results,
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

  const run: CommandLine['run'] = async (args, environment) => {
    const started = start(args, environment)
    const code = await started.exit
    return { code, output: started.output(), stdout: started.stdout() }
  }

  const csvOf: CommandLine['csvOf'] = async (name, count, from = '2023-07-03') => {
    const file = path.join(folder, name)
    const rows = rawBars({ symbol: 'KOSPI', from, count })
    const lines = rows.map((bar) =>
      [bar.session, bar.open, bar.high, bar.low, bar.close, bar.volume].join(','),
    )
    await writeFile(file, ['Date,Open,High,Low,Close,Volume', ...lines, ''].join('\n'))
    return file
  }

  return {
    get folder() {
      return folder
    },
    get databaseUrl() {
      return database.url
    },
    start,
    run,
    csvOf,
  }
}
