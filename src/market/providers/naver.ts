/**
 * The `naver` provider, Naver Finance's table of daily prices, one symbol a request:
 * https://api.finance.naver.com/siseJson.naver?symbol=005930&requestType=1&startTime=20240102&endTime=20240131&timeframe=day
 *
 * The answer is almost JSON: a list of lists with either kind of quotes. The first list holds the column names.
 */
import type { RawBar, RawNumber } from '../../domain/bars/row-outcome.js'
import { indexOfCode } from '../../domain/indices.js'
import { readVolume } from '../csv/number-text.js'
import type { VolumeUnit } from '../csv/number-text.js'
import { NAVER_BASIS } from '../vendor-basis.js'
import type { HttpAnswer } from './http-status.js'
import type { HttpClient } from './http.js'
import { ProviderFailure, answerOf } from './provider.js'
import type { BarProvider, BarQuestion } from './provider.js'
import { excerpt } from './vendor-text.js'

/** Expected first columns, whose order gives the numbers their meaning. Further columns may follow. */
const COLUMNS = ['날짜', '시가', '고가', '저가', '종가', '거래량']

export function createNaver(base: string, http: HttpClient): BarProvider {
  return {
    name: 'naver',
    repeats: false,
    async fetch(question) {
      const { symbol, from, to } = question
      const index = indexOfCode(symbol.code)
      const ticker = index === undefined ? symbol.code : index.tickers.naver
      if (ticker === undefined) {
        throw new ProviderFailure('UNKNOWN_SYMBOL', `no ticker of ${symbol.code} is known`)
      }
      const url = new URL(`${base}/siseJson.naver`)
      url.search = new URLSearchParams({
        symbol: ticker,
        requestType: '1',
        startTime: from.replaceAll('-', ''),
        endTime: to.replaceAll('-', ''),
        timeframe: 'day',
      }).toString()
      return answerOf(readTable(await http.get(url, question), symbol), question, {
        notes: [`symbol ${ticker}`],
        basis: NAVER_BASIS,
      })
    },
  }
}

/**
 * Reads the table. Volumes of the index come in thousands.
 * @throws ProviderFailure CHANGED_FORMAT where it does not have the expected form
 */
export function readTable(
  { status, body }: HttpAnswer,
  { code, kind }: BarQuestion['symbol'],
): readonly Omit<RawBar, 'row'>[] {
  const text = decode(body)
  const [header, ...lines] = parseLists(text, status)
  const names = (header ?? []).map((name) => String(name).trim())
  if (COLUMNS.some((name, at) => names[at] !== name)) {
    throw new ProviderFailure(
      'CHANGED_FORMAT',
      `expected the columns ${COLUMNS.join(', ')}, got ${excerpt(names.join(', '))}`,
    )
  }
  const unit: VolumeUnit = kind === 'INDEX' ? 'thousands' : 'shares'
  return lines.map((cells, at) => {
    if (cells.length < COLUMNS.length) {
      throw new ProviderFailure(
        'CHANGED_FORMAT',
        `row ${at + 1} has ${cells.length} values: ${excerpt(String(cells))}`,
      )
    }
    const [date, open, high, low, close, volume] = cells.map(rawNumber)
    const { shares, step } = readVolume(volume === undefined ? undefined : String(volume), unit)
    const session = String(date ?? '').replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
    return { symbol: code, session, open, high, low, close, volume: shares, volumeStep: step }
  })
}

function parseLists(text: string, status: number): readonly (readonly unknown[])[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(
      text
        .trim()
        .replaceAll("'", '"')
        .replace(/,(?=\s*\])/g, ''),
    )
  } catch {
    throw new ProviderFailure(
      'CHANGED_FORMAT',
      `expected a list of rows, got status ${status} and ${excerpt(text)}`,
    )
  }
  if (Array.isArray(parsed) && parsed.every((line) => Array.isArray(line))) return parsed
  throw new ProviderFailure('CHANGED_FORMAT', `expected a list of rows, got ${excerpt(text)}`)
}

/** Other values are kept as JSON text, for the check of bars to report. */
function rawNumber(cell: unknown): RawNumber {
  if (cell === null) return undefined
  return typeof cell === 'number' || typeof cell === 'string' ? cell : JSON.stringify(cell)
}

/** The answer is UTF-8 today; older pages of the site are EUC-KR. */
function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return new TextDecoder('euc-kr').decode(body)
  }
}
