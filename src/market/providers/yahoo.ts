/**
 * The `yahoo` provider, Yahoo Finance's chart, one symbol a request:
 * https://query1.finance.yahoo.com/v8/finance/chart/005930.KS
 */
import { z } from 'zod'
import { MAX_RATIO, MIN_RATIO } from '../../domain/bars/actions/corporate-action.js'
import type { RawBar, RawNumber } from '../../domain/bars/row-outcome.js'
import { indexOfCode } from '../../domain/indices.js'
import { koreanInstant } from '../../domain/calendar/korean-time.js'
import { addDays, fromDayNumber } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { readVolume } from '../csv/number-text.js'
import type { VolumeUnit } from '../csv/number-text.js'
import { YAHOO_BASIS } from '../vendor-basis.js'
import type { HttpAnswer } from './http-status.js'
import type { HttpClient } from './http.js'
import { ProviderFailure, answerOf } from './provider.js'
import type { BarProvider, BarQuestion, ProviderAction } from './provider.js'
import { excerpt } from './vendor-text.js'

const SECONDS_PER_DAY = 86_400
/** The exchange's offset; an answer with another one has its dates shifted, and is refused whole. */
const KOREAN_OFFSET_SECONDS = 32_400
/** Suffixes remembered, so that a KOSDAQ share needs one request instead of two; a few hundred kilobytes. */
const MAX_REMEMBERED = 20_000
const MAX_NOTED_SPLITS = 3
/** A share has a few splits; more are a defect of the answer, and the newest are read. */
const MAX_SPLITS = 100
/** New shares to old ones. */
const SPLIT_RATIO = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/
/** Yahoo's error for a known symbol without bars in the requested range. */
const NO_DATA = /Data doesn't exist for startDate/

const SUFFIXES = ['KS', 'KQ'] as const
type Suffix = (typeof SUFFIXES)[number]

const column = z.array(z.number().nullable())
const result = z.object({
  meta: z.object({
    gmtoffset: z.number().int().min(-SECONDS_PER_DAY).max(SECONDS_PER_DAY),
    currency: z.string().nullish(),
    dataGranularity: z.string().optional(),
  }),
  // Absent, like the columns, where the range has no bars.
  timestamp: z.array(z.number().int().min(-1e11).max(1e11)).optional(),
  events: z
    .object({ splits: z.record(z.string(), z.object({ date: z.number().int(), splitRatio: z.string() })) })
    .partial()
    .optional()
    .catch(undefined),
  indicators: z.object({
    quote: z
      .array(z.object({ open: column, high: column, low: column, close: column, volume: column }).partial())
      .min(1),
  }),
})
const chart = z.object({
  chart: z.object({
    result: z.array(result).nullish(),
    error: z.object({ code: z.string(), description: z.string().nullish() }).nullish(),
  }),
})
type Result = z.infer<typeof result>

type ReadChart =
  | {
      readonly kind: 'bars'
      readonly rows: readonly Omit<RawBar, 'row'>[]
      readonly notes: readonly string[]
      readonly actions: readonly ProviderAction[]
    }
  | { readonly kind: 'unknown'; readonly reason: string }

export function createYahoo(base: string, http: HttpClient): BarProvider {
  const suffixes = new Map<string, Suffix>()
  return {
    name: 'yahoo',
    repeats: false,
    async fetch(question) {
      const { code } = question.symbol
      const reasons: string[] = []
      let empty: ReadChart | undefined
      const index = indexOfCode(code)
      if (index !== undefined && index.tickers.yahoo === undefined) {
        throw new ProviderFailure('UNKNOWN_SYMBOL', `no ticker of ${code} is known`)
      }
      for (const suffix of suffixesFor(question, suffixes.get(code))) {
        const ticker = suffix === undefined ? (index?.tickers.yahoo ?? code) : `${code}.${suffix}`
        const answer = await http.get(chartUrl(base, ticker, question), question)
        const read = readChart(answer, question.symbol)
        if (read.kind === 'unknown') {
          reasons.push(`${ticker}: ${read.reason}`)
        } else if (read.rows.length === 0) {
          empty = read
        } else {
          if (suffix !== undefined && suffixes.size < MAX_REMEMBERED) suffixes.set(code, suffix)
          return answerOf(read.rows, question, {
            notes: [ticker, ...read.notes],
            basis: YAHOO_BASIS,
            actions: read.actions,
          })
        }
      }
      if (empty?.kind === 'bars') return answerOf([], question, { notes: empty.notes, basis: YAHOO_BASIS })
      throw new ProviderFailure('UNKNOWN_SYMBOL', reasons.join('; '))
    },
  }
}

/** Returns the suffixes to try. The market decides; where it is unknown, both are tried. Undefined is the index. */
function suffixesFor(
  { symbol }: BarQuestion,
  remembered: Suffix | undefined,
): readonly (Suffix | undefined)[] {
  if (symbol.kind === 'INDEX') return [undefined]
  if (symbol.market === 'KOSPI') return ['KS']
  if (symbol.market === 'KOSDAQ') return ['KQ']
  return remembered === 'KQ' ? ['KQ', 'KS'] : SUFFIXES
}

function chartUrl(base: string, ticker: string, { from, to }: BarQuestion): URL {
  const url = new URL(`${base}/v8/finance/chart/${encodeURIComponent(ticker)}`)
  // From midnight to midnight in Korea.
  const midnight = (day: Session): string => String(koreanInstant(day, '00:00').getTime() / 1_000)
  url.search = new URLSearchParams({
    period1: midnight(from),
    period2: midnight(addDays(to, 1)),
    interval: '1d',
    events: 'div,split',
  }).toString()
  return url
}

/**
 * Reads a chart. Volumes of the index come in thousands.
 * @throws ProviderFailure CHANGED_FORMAT where it does not have the expected form
 */
export function readChart({ status, body }: HttpAnswer, symbol: BarQuestion['symbol']): ReadChart {
  const text = new TextDecoder().decode(body)
  const answer = parseChart(text, status)
  const { error, result: results } = answer.chart
  if (error) {
    const reason = `${error.code}: ${error.description ?? 'no reason given'}`
    if (NO_DATA.test(reason)) return { kind: 'bars', rows: [], notes: [], actions: [] }
    if (status === 404 || error.code === 'Not Found') return { kind: 'unknown', reason }
    throw new ProviderFailure('CHANGED_FORMAT', `the request was refused: ${reason}`)
  }
  const [only] = results ?? []
  if (only === undefined)
    throw new ProviderFailure('CHANGED_FORMAT', 'the chart has neither result nor error')
  const { currency, dataGranularity } = only.meta
  if (currency != null && currency !== 'KRW') {
    throw new ProviderFailure('CHANGED_FORMAT', `its prices are in ${currency}, not in KRW`)
  }
  const { gmtoffset } = only.meta
  if (gmtoffset !== KOREAN_OFFSET_SECONDS) {
    const message = `its dates are of the time zone ${utcOffset(gmtoffset)}, not of Seoul (${utcOffset(KOREAN_OFFSET_SECONDS)})`
    throw new ProviderFailure('CHANGED_FORMAT', message)
  }
  if (dataGranularity !== undefined && dataGranularity !== '1d') {
    throw new ProviderFailure('CHANGED_FORMAT', `its bars are of ${dataGranularity}, not of 1d`)
  }
  return { kind: 'bars', rows: rowsOf(only, symbol), notes: splitNotes(only), actions: splitActions(only) }
}

function parseChart(text: string, status: number): z.infer<typeof chart> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ProviderFailure(
      'CHANGED_FORMAT',
      `expected a chart as JSON, got status ${status} and ${excerpt(text)}`,
    )
  }
  const parsed = chart.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new ProviderFailure(
    'CHANGED_FORMAT',
    `the chart has an unexpected form: ${where} ${issue?.message ?? ''}`,
  )
}

function rowsOf({ timestamp = [], indicators }: Result, { code, kind }: BarQuestion['symbol']) {
  const [quote = {}] = indicators.quote
  const unit: VolumeUnit = kind === 'INDEX' ? 'thousands' : 'shares'
  const { open, high, low, close, volume } = quote
  for (const [name, values] of Object.entries({ open, high, low, close, volume })) {
    if ((values?.length ?? 0) === timestamp.length) continue
    const counts = `${values?.length ?? 0} values for ${timestamp.length} timestamps`
    throw new ProviderFailure('CHANGED_FORMAT', `the chart has an unexpected form: ${name} has ${counts}`)
  }
  const given = (value: number | null | undefined): RawNumber => value ?? undefined
  return timestamp.map((seconds, at): Omit<RawBar, 'row'> => {
    const traded = volume?.[at]
    const { shares, step } = readVolume(traded == null ? undefined : String(traded), unit)
    return {
      symbol: code,
      session: dateOf(seconds),
      open: given(open?.[at]),
      high: given(high?.[at]),
      low: given(low?.[at]),
      close: given(close?.[at]),
      volume: shares,
      volumeStep: step,
    }
  })
}

/** Returns the date in Seoul; this machine's time zone has no influence. */
function dateOf(seconds: number): Session {
  return fromDayNumber(Math.floor((seconds + KOREAN_OFFSET_SECONDS) / SECONDS_PER_DAY))
}

/** For instance UTC-05:00. */
function utcOffset(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `UTC${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

function splitNotes({ events }: Result): readonly string[] {
  const splits = Object.values(events?.splits ?? {}).slice(-MAX_NOTED_SPLITS)
  return splits.map(({ date, splitRatio }) => `split ${splitRatio} on ${dateOf(date)}`)
}

/** Splits with a readable ratio; those without are only noted. */
function splitActions({ events }: Result): readonly ProviderAction[] {
  return Object.values(events?.splits ?? {})
    .slice(-MAX_SPLITS)
    .flatMap(({ date, splitRatio }) => {
      const [, shares, of] = SPLIT_RATIO.exec(splitRatio) ?? []
      const ratio = Number(of) / Number(shares)
      if (!(ratio >= MIN_RATIO && ratio <= MAX_RATIO) || ratio === 1) return []
      const kind = ratio < 1 ? ('SPLIT' as const) : ('CONSOLIDATION' as const)
      return [{ session: dateOf(date), kind, ratio, note: `split ${splitRatio}` }]
    })
}
