/**
 * The `kis` provider, the REST API of Korea Investment & Securities: daily bars of one symbol, at most 100 a request,
 * with the key and the secret of an account there:
 * https://openapi.koreainvestment.com:9443/uapi/domestic-stock/v1/quotations/inquire-daily-itemchartprice
 */
import { z } from 'zod'
import { addDays, isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { indexOfCode } from '../../domain/indices.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { readVolume } from '../csv/number-text.js'
import { KIS_BASIS } from '../vendor-basis.js'
import type { HttpAnswer, VendorFailure } from './http-status.js'
import type { HttpClient } from './http.js'
import type { KisKeys, KisTokens } from './kis-token.js'
import { ProviderFailure, answerOf } from './provider.js'
import type { BarProvider, BarQuestion } from './provider.js'
import { excerpt, jsonOf } from './vendor-text.js'

/** Most requests a symbol: 26 years of an index, of which a request has 50 sessions. */
const MAX_PAGES = 160
const TOKEN_EXPIRED = new Set(['EGW00121', 'EGW00123'])
const WRONG_KEYS = new Set(['EGW00103', 'EGW00105'])
const TOO_FAST = 'EGW00201'
const ONE_TOKEN_A_MINUTE = 'EGW00133'
const MINUTE_MS = 60_000

const value = z.string().optional()
const row = z.object({
  stck_bsop_date: value,
  stck_oprc: value,
  stck_hgpr: value,
  stck_lwpr: value,
  stck_clpr: value,
  bstp_nmix_oprc: value,
  bstp_nmix_hgpr: value,
  bstp_nmix_lwpr: value,
  bstp_nmix_prpr: value,
  acml_vol: value,
})
const page = z.object({ rt_cd: z.string(), msg_cd: value, msg1: value, output2: z.array(row).nullish() })
const failed = z.object({ msg_cd: z.string(), msg1: z.string().optional() })
const failedToken = z.object({ error_code: z.string(), error_description: z.string().optional() })
type Row = z.infer<typeof row>

export interface KisOptions {
  readonly base: string
  readonly http: HttpClient
  readonly keys: KisKeys
  readonly tokens: KisTokens
}

export function createKis({ base, http, keys, tokens }: KisOptions): BarProvider {
  const ask = async (url: URL, trId: string, question: BarQuestion): Promise<HttpAnswer> => {
    for (let renewed = false; ; renewed = true) {
      const token = await tokens.token(question)
      const headers = {
        authorization: `Bearer ${token}`,
        appkey: keys.appKey,
        appsecret: keys.appSecret,
        tr_id: trId,
        custtype: 'P',
      }
      try {
        return await http.get(url, question, headers)
      } catch (error) {
        if (renewed || !(error instanceof ExpiredToken)) throw error
        await tokens.forget(token)
      }
    }
  }
  return {
    name: 'kis',
    repeats: false,
    async fetch(question) {
      const { symbol, from } = question
      const ticker = tickerOf(symbol.code)
      const rows = new Map<Session, Omit<RawBar, 'row'>>()
      let to = question.to
      for (let pages = 1; ; pages += 1) {
        const answer = await ask(chartUrl(base, ticker, { from, to }), ticker.trId, question)
        const read = readPage(answer, symbol)
        const oldest = read.map(({ session }) => session).sort()[0]
        for (const bar of read) rows.set(bar.session, bar)
        // Pages go back in time: the newest sessions up to the end come first.
        if (oldest === undefined || oldest <= from || oldest > to) break
        if (pages === MAX_PAGES) {
          const message = `${symbol.code} has more than ${MAX_PAGES} pages from ${from} on; ask for less with --from`
          throw new ProviderFailure('TOO_LARGE', message)
        }
        to = addDays(oldest, -1)
        if (to < from) break
      }
      const ordered = [...rows.values()].sort((a, b) => (a.session < b.session ? -1 : 1))
      return answerOf(ordered, question, {
        notes: [`market ${ticker.market}, ${ticker.code}`],
        basis: KIS_BASIS,
      })
    },
  }
}

interface Ticker {
  /** `J` is the exchange; `NX`, Nextrade, and `UN`, both together, are other bars. `U` is for indices. */
  readonly market: 'J' | 'U'
  readonly code: string
  readonly trId: string
  readonly path: string
}

function tickerOf(code: string): Ticker {
  const index = indexOfCode(code)
  if (!index) {
    return { market: 'J', code, trId: 'FHKST03010100', path: 'inquire-daily-itemchartprice' }
  }
  if (index.tickers.kis === undefined)
    throw new ProviderFailure('UNKNOWN_SYMBOL', `no number of ${code} is known`)
  return {
    market: 'U',
    code: index.tickers.kis,
    trId: 'FHKUP03500100',
    path: 'inquire-daily-indexchartprice',
  }
}

function chartUrl(base: string, { market, code, path }: Ticker, range: { from: Session; to: Session }): URL {
  const url = new URL(`${base}/uapi/domestic-stock/v1/quotations/${path}`)
  url.search = new URLSearchParams({
    FID_COND_MRKT_DIV_CODE: market,
    FID_INPUT_ISCD: code,
    FID_INPUT_DATE_1: range.from.replaceAll('-', ''),
    FID_INPUT_DATE_2: range.to.replaceAll('-', ''),
    FID_PERIOD_DIV_CODE: 'D',
    // 1 is prices as traded; 0 is adjusted ones.
    ...(market === 'J' && { FID_ORG_ADJ_PRC: '1' }),
  }).toString()
  return url
}

type PageBar = Omit<RawBar, 'row' | 'session'> & { readonly session: Session }

/** @throws ProviderFailure CHANGED_FORMAT where it does not have the expected form */
function readPage({ status, body }: HttpAnswer, { code, kind }: BarQuestion['symbol']): readonly PageBar[] {
  const said = new TextDecoder().decode(body)
  const parsed = page.safeParse(jsonOf(said))
  if (!parsed.success) {
    const message = `expected output2 as JSON, got status ${status} and ${excerpt(said)}`
    throw new ProviderFailure('CHANGED_FORMAT', message)
  }
  const { rt_cd: outcome, msg_cd: messageCode = '', msg1 = '', output2 } = parsed.data
  if (outcome !== '0') {
    throw new ProviderFailure('CHANGED_FORMAT', `the request was refused: ${messageCode} ${excerpt(msg1)}`)
  }
  // Days without a bar come as empty objects.
  const given = (output2 ?? []).filter(({ stck_bsop_date: date }) => date !== undefined && date !== '')
  return given.map((one) => pageBar(one, code, kind === 'INDEX'))
}

/** Volumes of indices come in thousands. */
function pageBar(one: Row, symbol: string, isIndex: boolean): PageBar {
  const session = (one.stck_bsop_date ?? '').replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
  if (!isLocalDate(session)) {
    throw new ProviderFailure('CHANGED_FORMAT', `a row has the date ${excerpt(one.stck_bsop_date ?? '')}`)
  }
  const { shares, step } = readVolume(one.acml_vol, isIndex ? 'thousands' : 'shares')
  const [open, high, low, close] = isIndex
    ? [one.bstp_nmix_oprc, one.bstp_nmix_hgpr, one.bstp_nmix_lwpr, one.bstp_nmix_prpr]
    : [one.stck_oprc, one.stck_hgpr, one.stck_lwpr, one.stck_clpr]
  return {
    symbol,
    session,
    open: numeric(open),
    high: numeric(high),
    low: numeric(low),
    close: numeric(close),
    volume: shares,
    volumeStep: step,
  }
}

function numeric(text: string | undefined): string | number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
}

/** The token has ended; another one may be had. */
class ExpiredToken extends ProviderFailure {
  constructor() {
    super('REFUSED', 'the access token is not accepted, nor a new one')
  }
}

/** The vendor's own failures: it reports a passing limit as a failure of its server, and an old token as a refusal. */
export function judgeKis({ body }: HttpAnswer): VendorFailure | undefined {
  const json = jsonOf(new TextDecoder().decode(body))
  const [own, ofToken] = [failed.safeParse(json), failedToken.safeParse(json)]
  const code = own.success ? own.data.msg_cd : ofToken.success ? ofToken.data.error_code : undefined
  if (code === undefined) return undefined
  if (code === TOO_FAST) {
    return { failure: new ProviderFailure('THROTTLED', `${code}: too many requests a second`), again: true }
  }
  if (code === ONE_TOKEN_A_MINUTE) {
    const message = `${code}: a token is issued once a minute`
    return { failure: new ProviderFailure('THROTTLED', message, { retryAfterMs: MINUTE_MS }), again: true }
  }
  if (TOKEN_EXPIRED.has(code)) return { failure: new ExpiredToken(), again: false }
  if (!WRONG_KEYS.has(code)) return undefined
  const message = `${code}: KIS_APP_KEY or KIS_APP_SECRET is wrong or has expired`
  return { failure: new ProviderFailure('REFUSED', message), again: false }
}
