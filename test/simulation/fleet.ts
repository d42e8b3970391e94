/** The simulated fleet: two schedulers, three workers and an API, each the real program under the simulated clock. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { startProgram } from '../support/served.js'
import type { Served } from '../support/served.js'

export const SCHEDULERS = ['s1', 's2'] as const
export const WORKERS = ['w1', 'w2', 'w3'] as const
export type SchedulerName = (typeof SCHEDULERS)[number]
export type WorkerName = (typeof WORKERS)[number]
export type ProcessName = SchedulerName | WorkerName

export interface Takeover {
  readonly worker: ProcessName
  /** Time from the kill until another worker held or had finished one of its jobs. */
  readonly ms: number
}

export interface Killed {
  readonly name: ProcessName
  /** By `performance.now()`. */
  readonly atMs: number
  /** Jobs that it held at that moment, and under which id. */
  readonly jobs: readonly { readonly id: string; readonly lockedBy: string }[]
}

export interface Fleet {
  /** Resolves when it serves. */
  start(name: ProcessName): Promise<void>
  isAlive(name: ProcessName): boolean
  /** Kills with SIGKILL. */
  kill(name: ProcessName): Promise<Killed>
  /** Returns the workers that hold a job now. */
  holders(): Promise<readonly WorkerName[]>
  /** Returns how often schedulers have logged the result of requesting a night. */
  answers(): number
  /** GraphQL over HTTP; errors of the answer are returned, not thrown. */
  ask(document: string): Promise<GraphQLAnswer>
  /** Processes that ended without being killed, with their last output. */
  readonly crashes: readonly string[]
  readonly kills: ReadonlyMap<ProcessName, number>
  readonly takeovers: readonly Takeover[]
  /**
   * Resolves when another worker has taken over one of its jobs, at once where it held none.
   * @returns false where none does
   */
  awaitTakeover(killed: Killed): Promise<boolean>
  close(): Promise<void>
}

export interface GraphQLAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

/** As in `db/queue/worker-locks.ts`; every holder of a lock of this class is a worker. */
const LOCK_CLASS = 72707372
const LOOK_MS = 10
const PATIENCE_MS = 30_000

interface Started {
  readonly program: Served
  /** The lock of a worker's pool. */
  readonly lock: string | undefined
}

export async function startFleet(
  database: pg.Client,
  environment: Readonly<Record<string, string>>,
): Promise<Fleet> {
  const alive = new Map<ProcessName, Started>()
  /** Every process that was started. */
  const programs: Served[] = []
  const crashes: string[] = []
  const kills = new Map<ProcessName, number>()
  const takeovers: Takeover[] = []
  const watch = (name: string, program: Served): void => {
    programs.push(program)
    void program.ended.then((code) => {
      if (code !== null) crashes.push(`${name} ended with ${code}: ${program.output().slice(-500)}`)
    })
  }

  const locks = async (): Promise<string[]> => {
    const { rows } = await database.query<{ lock: string }>(
      `SELECT DISTINCT objid::text AS lock FROM pg_locks WHERE locktype = 'advisory' AND classid = $1
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [LOCK_CLASS],
    )
    return rows.map(({ lock }) => lock)
  }
  /** Returns the held jobs by lock. */
  const held = async (): Promise<{ id: string; lockedBy: string; lock: string }[]> => {
    const { rows } = await database.query<{ id: string; lockedBy: string; lock: string }>(
      `SELECT id::text, locked_by AS "lockedBy", (hashtext(locked_by)::int8 & 4294967295)::text AS lock
       FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL`,
    )
    return rows
  }

  // Ends them too where the simulation ends early: nothing else tracks them.
  const abandon = (): void => programs.forEach((one) => void one.end('SIGKILL'))
  process.once('exit', abandon)

  const api = startProgram(['serve', '--role', 'api'], { ...environment })
  watch('api', api)
  const [, url = ''] = await api.says(/GraphQL\s+(http\S+)/)

  // One at a time, so that the lock that appears belongs to the new worker.
  let starting: Promise<void> = Promise.resolve()
  const start = async (name: ProcessName): Promise<void> => {
    if (alive.has(name)) return
    const isWorker = name.startsWith('w')
    const before = new Set(isWorker ? await locks() : [])
    const program = startProgram(['serve', '--role', isWorker ? 'worker' : 'scheduler'], { ...environment })
    watch(name, program)
    await program.says(isWorker ? /Worker {3}takes/ : /Nights {3}begin/)
    const lock = isWorker ? (await locks()).find((one) => !before.has(one)) : undefined
    if (isWorker && lock === undefined) throw new Error(`${name} holds no lock: ${program.output()}`)
    alive.set(name, { program, lock })
  }

  return {
    crashes,
    kills,
    takeovers,
    start(name) {
      starting = starting.then(() => start(name))
      return starting
    },
    isAlive: (name) => alive.has(name),
    async kill(name) {
      const one = alive.get(name)
      if (!one) throw new Error(`${name} is not running`)
      alive.delete(name)
      kills.set(name, (kills.get(name) ?? 0) + 1)
      const atMs = performance.now()
      await one.program.end('SIGKILL')
      const jobs = (await held()).filter(({ lock }) => lock === one.lock)
      return { name, atMs, jobs }
    },
    async holders() {
      const jobs = await held()
      return WORKERS.filter((name) => jobs.some(({ lock }) => lock === alive.get(name)?.lock))
    },
    async awaitTakeover({ name, atMs, jobs }) {
      if (jobs.length === 0) return true
      while (performance.now() - atMs < PATIENCE_MS) {
        const { rows } = await database.query<{ id: string; lockedBy: string | null }>(
          `SELECT id::text, locked_by AS "lockedBy" FROM graphile_worker._private_jobs WHERE id = ANY($1::bigint[])`,
          [jobs.map(({ id }) => id)],
        )
        const lockers = new Set(jobs.map(({ lockedBy }) => lockedBy))
        const isTaken = rows.some(({ lockedBy }) => lockedBy !== null && !lockers.has(lockedBy))
        if (isTaken || rows.length < jobs.length) {
          takeovers.push({ worker: name, ms: performance.now() - atMs })
          return true
        }
        await sleep(LOOK_MS)
      }
      return false
    },
    answers: () =>
      programs.reduce((sum, program) => sum + (program.output().match(/"msg":"[^"]*night/g)?.length ?? 0), 0),
    async ask(query) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      return (await response.json()) as GraphQLAnswer
    },
    async close() {
      await starting.catch(() => undefined)
      process.off('exit', abandon)
      await Promise.all(programs.map((one) => one.end('SIGKILL')))
    },
  }
}
