/**
 * Exports all rows of a backtest over plain HTTP, as CSV (RFC 4180, UTF-8, line feeds) or NDJSON, one page in memory at
 * a time. A running backtest exports its finished rows. A number is the shortest text that reads back as the same
 * double; null is an empty field.
 */
import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Backtest, BacktestRow } from '../../domain/backtests/backtest.js'
import { isId } from '../../domain/id.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Backtests } from '../../services/backtests/backtests.js'
import type { MarketData } from '../../services/bars/market-data.js'
import type { Logger } from '../../logger.js'

/** A client that reads nothing for this long is disconnected. */
const STALLED_MS = 60_000

const FIELDS = {
  ordinal: 0,
  fold: 0,
  session: 0,
  part: 0,
  actualClose: 0,
  previousClose: 0,
  predictedClose: 0,
  scaledOutput: 0,
  saturated: 0,
  lower80: 0,
  upper80: 0,
  lower95: 0,
  upper95: 0,
  target: 0,
  order: 0,
  unfilledReason: 0,
  fillPrice: 0,
  position: 0,
  turnover: 0,
  tradingCosts: 0,
  tax: 0,
  grossEquity: 0,
  netEquity: 0,
  holdGrossEquity: 0,
  holdNetEquity: 0,
} satisfies Record<keyof BacktestRow, 0>
const COLUMNS = Object.keys(FIELDS) as (keyof BacktestRow)[]

interface ExportFormat {
  readonly contentType: string
  readonly head: string
  readonly page: (rows: readonly BacktestRow[]) => string
}

const FORMATS = {
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    head: stringify([COLUMNS]),
    page: (rows) => stringify([...rows], { columns: COLUMNS, cast: { boolean: String } }),
  },
  ndjson: {
    contentType: 'application/x-ndjson; charset=utf-8',
    head: '',
    page: (rows) => rows.map((row) => `${JSON.stringify(row, COLUMNS)}\n`).join(''),
  },
} satisfies Record<string, ExportFormat>

export interface BacktestExportServices {
  readonly backtests: Backtests
  readonly market: MarketData
}

/** Adds `GET /backtests/<id>.csv` and `.ndjson`. */
export function serveBacktestExports(
  app: FastifyInstance,
  { backtests, market }: BacktestExportServices,
  log: Logger,
): void {
  for (const [extension, format] of Object.entries(FORMATS)) {
    app.get<{ Params: { id: string } }>(
      `/backtests/:id.${extension}`,
      { exposeHeadRoute: false },
      async ({ params }, reply) => {
        const id = params.id.toLowerCase()
        const backtest = isId(id) ? await backtests.backtest(id) : undefined
        if (!backtest) return refuse(reply, params.id)
        const pages = backtests.allRows(id)
        // Read before the response starts, so that an unreachable database is an error and not half a file.
        const first = await pages.next()
        reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy())
        return reply
          .type(format.contentType)
          .header('content-disposition', await attachment(market, backtest, extension))
          .send(Readable.from(chunks(format, first, pages, log), { objectMode: false }))
      },
    )
  }
}

function refuse(reply: FastifyReply, id: string): FastifyReply {
  const message = `There is no backtest "${sanitizeText(id)}"; the query backtests lists them`
  return reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] })
}

async function attachment(market: MarketData, backtest: Backtest, extension: string): Promise<string> {
  const [symbol] = await market.symbolsById([backtest.symbolId])
  // A code from a file may contain characters that a header must not.
  const code = (symbol?.code ?? '').replace(/[^\w.-]/g, '_')
  return `attachment; filename="backtest-${code}-${backtest.id}.${extension}"`
}

/** The stream reads one page after another as the client consumes them, and stops reading when the client disconnects. */
async function* chunks(
  format: ExportFormat,
  first: IteratorResult<readonly BacktestRow[], void>,
  pages: AsyncGenerator<readonly BacktestRow[], void, void>,
  log: Logger,
): AsyncGenerator<Buffer, void, void> {
  try {
    for (let page = first; page.done !== true; page = await pages.next()) {
      const head = page === first ? format.head : ''
      const text = head + format.page(page.value)
      // A byte stream treats an empty chunk as its end.
      if (text !== '') yield Buffer.from(text)
    }
  } catch (error) {
    log.error({ err: error }, 'an export of a backtest failed')
    throw error
  } finally {
    await pages.return()
  }
}
