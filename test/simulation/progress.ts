/** The progress of the night, from its tables and the queue. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

interface Counts {
  readonly nights: number
  readonly outcomes: number
  readonly attempts: number
  /** Whether a job runs or may run, or a night runs. */
  readonly busy: boolean
  /** Outcomes that running nights expect; null where none is planned. */
  readonly expected: number | null
}

export interface Progress {
  read(): Promise<Counts>
  /**
   * Polls until there is a value.
   * @returns undefined after a minute
   */
  until<Found>(look: () => Promise<Found | undefined>): Promise<Found | undefined>
  /**
   * Waits for a point of the night: below a quarter it is claimed, below a half it fetches bars, then it fits.
   * @param share 0 to 1
   * @returns its name, or undefined where the night is done before
   */
  reach(share: number, since: Counts): Promise<string | undefined>
  reachOutcomes(count: number, since: Counts): Promise<void>
  /** Waits until nothing runs nor may run. @returns false where that takes more than a minute */
  settled(): Promise<boolean>
  /** Describes what is still running. */
  describe(): Promise<string>
}

const LOOK_MS = 5
const PATIENCE_MS = 60_000
/** Latest share of the fetches, and of the fits, at which a point lies: beyond, the night may end first. */
const DEEPEST = 0.75

/**
 * @param symbols that a night fetches
 * @param fits that it makes
 */
export function createProgress(
  database: pg.Client,
  { symbols, fits }: { readonly symbols: number; readonly fits: number },
): Progress {
  const read = async (): Promise<Counts> => {
    const { rows } = await database.query<Counts>(
      `SELECT (SELECT count(*)::int FROM night) AS nights, (SELECT count(*)::int FROM night_outcome) AS outcomes,
         (SELECT count(*)::int FROM sync_attempt) AS attempts,
         EXISTS (SELECT FROM graphile_worker._private_jobs WHERE locked_at IS NOT NULL OR run_at <= now())
           OR EXISTS (SELECT FROM night WHERE status = 'RUNNING') AS busy,
         (SELECT expected FROM night WHERE finished_at IS NULL ORDER BY date DESC LIMIT 1) AS expected`,
    )
    const [counts] = rows
    if (!counts) throw new Error('the count returned no row')
    return counts
  }
  const until: Progress['until'] = async (look) => {
    for (const beganMs = performance.now(); performance.now() - beganMs < PATIENCE_MS;) {
      const found = await look()
      if (found !== undefined) return found
      await sleep(LOOK_MS)
    }
    return undefined
  }
  const waitFor = async (isThere: (counts: Counts) => boolean): Promise<boolean> => {
    const found = await until(async () => {
      const counts = await read()
      if (isThere(counts)) return 'there'
      return counts.busy ? undefined : 'done'
    })
    return found === 'there'
  }
  return {
    read,
    until,
    async reach(share, since) {
      if (share < 0.25) return (await waitFor(({ busy }) => busy)) ? 'the claim' : undefined
      if (share < 0.5) {
        const attempts = 1 + Math.floor((share - 0.25) * 4 * DEEPEST * symbols)
        const isThere = (counts: Counts): boolean => counts.attempts >= since.attempts + attempts
        return (await waitFor(isThere)) ? `${attempts} fetched` : undefined
      }
      const outcomes = Math.floor((share - 0.5) * 2 * DEEPEST * fits)
      const isThere = (counts: Counts): boolean =>
        counts.expected !== null && counts.outcomes >= since.outcomes + outcomes
      return (await waitFor(isThere)) ? `${outcomes} fitted` : undefined
    },
    async reachOutcomes(count, since) {
      await waitFor(({ outcomes }) => outcomes >= since.outcomes + count)
    },
    async settled() {
      return (await until(async () => ((await read()).busy ? undefined : true))) === true
    },
    async describe() {
      const { rows } = await database.query<{ what: string }>(
        `SELECT 'the night of ' || date || ' is ' || status AS what FROM night WHERE status = 'RUNNING'
         UNION ALL SELECT 'job ' || coalesce(key, '?') || ' attempt ' || attempts || ' ' || coalesce(last_error, '')
         FROM graphile_worker._private_jobs`,
      )
      return rows.map(({ what }) => what).join('; ')
    },
  }
}
