/**
 * Times the ingest of a million bars, with checks, comparison and versioning: a CSV file of 400 symbols, ingested
 * by the code of `kospigraph ingest`, beside a raw `COPY FROM STDIN` of the same rows into a table with the same
 * key.
 *
 * Both start from empty tables on the same server, alternate, and end with a commit. The raw side gets prepared
 * rows, with numbers for symbols, and only copies them. `peakMb` is the peak resident memory of this process,
 * which reads, checks and sends; the server's memory is bounded by its settings.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { finished, pipeline } from 'node:stream/promises'
import { once } from 'node:events'
import { from as copyFrom } from 'pg-copy-streams'
import { createCalendar } from '../src/domain/calendar/calendar.js'
import { RANK_OF_PEOPLE } from '../src/domain/bars/delivery.js'
import type { Session } from '../src/domain/calendar/session.js'
import { openBarFile } from '../src/market/csv/bar-file.js'
import { withOwnPlatform } from './support/database.js'

const SYMBOLS = 400
const SESSIONS = 2_500
const ROWS = SYMBOLS * SESSIONS
const LAST = '2026-03-27' as Session
const ROUNDS = 3

const RAW_TABLE = `CREATE TABLE raw_bar (symbol_id int, session date, open float8, high float8, low float8, close float8,
  volume int8, PRIMARY KEY (symbol_id, session))`

/** Writes the same rows twice: as a vendor's file, and as input of the raw side. */
async function writeFiles(folder: string): Promise<{ readonly csv: string; readonly raw: string }> {
  const files = { csv: path.join(folder, 'bars.csv'), raw: path.join(folder, 'bars.raw') }
  const calendar = createCalendar()
  const sessions: Session[] = [LAST]
  while (sessions.length < SESSIONS) sessions.push(calendar.previousSession(sessions.at(-1) ?? LAST))
  sessions.reverse()
  const [csv, raw] = [createWriteStream(files.csv), createWriteStream(files.raw)]
  csv.write('symbol,date,open,high,low,close,volume\n')
  let state = 1
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
  for (let symbol = 0; symbol < SYMBOLS; symbol++) {
    let close = 5_000 + draw(200_000)
    let [csvText, rawText] = ['', '']
    for (const session of sessions) {
      const move = Math.floor(close / 50)
      const open = close - move + draw(2 * move)
      close = Math.max(1_000, open - move + draw(2 * move))
      const values = [open, Math.max(open, close) + draw(move), Math.min(open, close) - draw(move), close]
      const volume = 100_000 + draw(400_000)
      csvText += `${String(100_000 + symbol)},${session},${values.join(',')},${volume}\n`
      rawText += `${symbol}\t${session}\t${values.join('\t')}\t${volume}\n`
    }
    if (!csv.write(csvText)) await once(csv, 'drain')
    if (!raw.write(rawText)) await once(raw, 'drain')
  }
  csv.end()
  raw.end()
  await Promise.all([finished(csv), finished(raw)])
  return files
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return (performance.now() - startedMs) / 1_000
}

export async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kospigraph-bench-'))
  if (process.getuid?.() === 0) await chmod(folder, 0o711)
  const rounds: { readonly ingest: number; readonly copy: number }[] = []
  try {
    const files = await writeFiles(folder)
    const { size } = await stat(files.csv)
    console.log(`${ROWS.toLocaleString('en-US')} rows of ${SYMBOLS} symbols, ${(size / 1e6).toFixed(1)} MB`)
    for (let round = 0; round < ROUNDS; round++) {
      await withOwnPlatform(async ({ services }, connect) => {
        const copy = (): Promise<number> =>
          connect(async (client) => {
            await client.query(RAW_TABLE)
            return seconds(() =>
              pipeline(
                createReadStream(files.raw, { highWaterMark: 1 << 18 }),
                client.query(copyFrom('COPY raw_bar FROM STDIN')),
              ),
            )
          })
        const ingest = (): Promise<number> =>
          seconds(async () => {
            const source = await openBarFile(files.csv, {})
            const result = await services.ingestBars({
              source: 'FILE',
              label: 'bench',
              rank: RANK_OF_PEOPLE,
              onInvalid: 'FAIL',
              batches: source.batches,
              checksum: () => source.checksum(),
            })
            if (result.stored !== ROWS) throw new Error(`only ${result.stored} rows were stored`)
          })
        // The second side finds the server's caches warm, so the order alternates.
        const first = round % 2 === 0 ? await copy() : undefined
        const ingestSeconds = await ingest()
        rounds.push({ ingest: ingestSeconds, copy: first ?? (await copy()) })
      })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  console.log('round   ingest, s   rows/s     copy, s   rows/s   share')
  rounds.forEach(({ ingest, copy }, round) => {
    const cells = [ingest.toFixed(2), rate(ingest), copy.toFixed(2), rate(copy), (copy / ingest).toFixed(2)]
    console.log([round + 1, ...cells].map((cell, at) => String(cell).padStart(at === 0 ? 5 : 9)).join('  '))
  })
  const share = median(rounds.map(({ ingest, copy }) => copy / ingest))
  console.log(
    JSON.stringify({
      rows: ROWS,
      rowsPerSecond: rate(median(rounds.map(({ ingest }) => ingest))),
      copyRowsPerSecond: rate(median(rounds.map(({ copy }) => copy))),
      share: Number(share.toFixed(3)),
      peakMb: Math.round(process.resourceUsage().maxRSS / 1_024),
    }),
  )
}

function rate(takenSeconds: number): number {
  return Math.round(ROWS / takenSeconds)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
