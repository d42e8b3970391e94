/**
 * The `krx` provider, the exchange's official Open API: a whole market of one day a request, with a personal key:
 * https://data-dbg.krx.co.kr/svc/apis/sto/stk_bydd_trd?basDd=20240105
 *
 * It suits the newest sessions of many symbols, not the history of one: a day of all costs as much as a day of one.
 */
import type { Session } from '../../domain/calendar/session.js'
import { indexOfCode } from '../../domain/indices.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { KRX_BASIS } from '../vendor-basis.js'
import type { HttpClient } from './http.js'
import { fetchKrxInstruments } from './krx-instruments.js'
import { createKrxMarket } from './krx-market.js'
import type { KrxBar, KrxDay, KrxService } from './krx-market.js'
import { ProviderFailure, answerOf } from './provider.js'
import type { BarProvider, BarQuestion } from './provider.js'

/** Most sessions a symbol; each may take a request for each service. */
export const MAX_KRX_SESSIONS = 60
/** Symbols whose service is remembered; a few hundred kilobytes. */
const MAX_KNOWN_SERVICES = 20_000

/** Where shares of unknown market are looked for, the likeliest first. */
const SHARES: readonly KrxService[] = ['sto/stk_bydd_trd', 'sto/ksq_bydd_trd', 'sto/knx_bydd_trd']
const PRODUCTS: readonly KrxService[] = ['etp/etf_bydd_trd', 'etp/etn_bydd_trd']

export interface KrxOptions {
  readonly base: string
  readonly http: HttpClient
  /** Every session from the first to the last. */
  readonly sessionsBetween: (first: Session, last: Session) => readonly Session[]
  /** A clock that only moves forward. */
  readonly nowMs: () => number
}

export function createKrx({ base, http, sessionsBetween, nowMs }: KrxOptions): BarProvider {
  const market = createKrxMarket(base, http, nowMs)
  const known = new Map<string, KrxService>()
  return {
    name: 'krx',
    repeats: false,
    instruments: (session, asker) => fetchKrxInstruments(base, http, session, asker),
    async fetch(question) {
      const { symbol, from, to } = question
      const sessions = sessionsBetween(from, to)
      requireFewSessions(sessions, question)
      const remembered = known.get(symbol.code)
      const services = remembered ? [remembered] : servicesOf(symbol)
      const rows: Omit<RawBar, 'row'>[] = []
      let service: KrxService | undefined
      let published = 0
      let unapproved: ProviderFailure | undefined
      // Newest first: that is where a symbol of unknown market is found soonest.
      for (const session of [...sessions].reverse()) {
        for (const one of service ? [service] : services) {
          const day = await market.day(one, session, question).catch((error: unknown) => {
            if (!(error instanceof ProviderFailure) || error.code !== 'NOT_APPROVED') throw error
            unapproved = error
            return undefined
          })
          published += day !== undefined && day.size > 0 ? 1 : 0
          const bar = day && barOf(day, symbol)
          if (bar === undefined) continue
          service = one
          if (known.size < MAX_KNOWN_SERVICES) known.set(symbol.code, one)
          rows.push({ symbol: symbol.code, session, ...bar })
          break
        }
      }
      if (rows.length === 0) {
        known.delete(symbol.code)
        // A symbol that is nowhere else may be of the service that the key lacks.
        if (unapproved !== undefined) throw unapproved
        if (published > 0) {
          const message = `none of ${services.join(', ')} has ${symbol.code} in these sessions`
          throw new ProviderFailure('UNKNOWN_SYMBOL', message)
        }
      }
      return answerOf(rows.reverse(), question, { notes: [service ?? services.join(', ')], basis: KRX_BASIS })
    },
  }
}

function requireFewSessions(sessions: readonly Session[], { from, symbol }: BarQuestion): void {
  if (sessions.length <= MAX_KRX_SESSIONS) return
  const latest = sessions.at(-MAX_KRX_SESSIONS) ?? from
  const message =
    `${symbol.code} from ${from} on would take ${sessions.length} requests or more, one a session; at most ` +
    `${MAX_KRX_SESSIONS} sessions are requested: sync from ${latest}, and bring what is before from files or another provider`
  throw new ProviderFailure('OVER_BUDGET', message)
}

function servicesOf({ code, kind, market }: BarQuestion['symbol']): readonly KrxService[] {
  const index = indexOfCode(code)
  if (index) {
    if (index.market === null) return ['idx/krx_dd_trd']
    return [index.market === 'KOSPI' ? 'idx/kospi_dd_trd' : 'idx/kosdaq_dd_trd']
  }
  if (kind === 'ETF') return ['etp/etf_bydd_trd']
  if (kind === 'ETN') return ['etp/etn_bydd_trd']
  const shares: readonly KrxService[] =
    market === null
      ? SHARES
      : [
          market === 'KOSPI'
            ? 'sto/stk_bydd_trd'
            : market === 'KOSDAQ'
              ? 'sto/ksq_bydd_trd'
              : 'sto/knx_bydd_trd',
        ]
  return kind === 'UNKNOWN' ? [...shares, ...PRODUCTS] : shares
}

/** An index has no code in the Open API, only its name; sectors stand there without the name of their market. */
function barOf(day: KrxDay, { code }: BarQuestion['symbol']): KrxBar | undefined {
  const name = indexOfCode(code)?.nameKo.replaceAll(' ', '')
  if (name === undefined) return day.get(code)
  return day.get(name) ?? day.get(name.replace(/^(코스피|코스닥)/, ''))
}
