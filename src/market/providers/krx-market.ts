/**
 * Whole markets of one day from the exchange's Open API. A day of a market is requested once and shared by all symbols
 * that need it, since a sync of a thousand symbols would otherwise take a thousand requests for the same answer.
 */
import { z } from 'zod'
import type { Session } from '../../domain/calendar/session.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import type { HttpAnswer, VendorFailure } from './http-status.js'
import type { Asker, HttpClient } from './http.js'
import { ProviderFailure } from './provider.js'
import { excerpt, jsonOf } from './vendor-text.js'

/** Services of the Open API that give daily bars; each has to be applied for by itself. */
export type KrxService =
  | 'idx/krx_dd_trd'
  | 'idx/kospi_dd_trd'
  | 'idx/kosdaq_dd_trd'
  | 'sto/stk_bydd_trd'
  | 'sto/ksq_bydd_trd'
  | 'sto/knx_bydd_trd'
  | 'etp/etf_bydd_trd'
  | 'etp/etn_bydd_trd'

export type KrxBar = Pick<RawBar, 'open' | 'high' | 'low' | 'close' | 'volume'>
/** Bars by short code, or by the Korean name of an index without spaces. */
export type KrxDay = ReadonlyMap<string, KrxBar>

export interface KrxMarket {
  /** An empty day is not published yet, or was no session: the exchange does not tell these apart. */
  day(service: KrxService, session: Session, asker: Asker): Promise<KrxDay>
}

/** Rows in memory: sixty days of every service, about 100 MB at most. */
const MAX_CACHED_ROWS = 400_000
/** The exchange corrects on the next morning, so that an answer of last night is asked for again. */
const CACHED_MS = 60 * 60_000
/** What is not published yet may be any minute. */
const EMPTY_CACHED_MS = 5 * 60_000

const text = z.union([z.string(), z.number()]).optional()
const row = z.object({
  BAS_DD: z.string(),
  ISU_CD: z.string().optional(),
  IDX_NM: z.string().optional(),
  TDD_OPNPRC: text,
  TDD_HGPRC: text,
  TDD_LWPRC: text,
  TDD_CLSPRC: text,
  OPNPRC_IDX: text,
  HGPRC_IDX: text,
  LWPRC_IDX: text,
  CLSPRC_IDX: text,
  ACC_TRDVOL: text,
})
const answer = z.object({ OutBlock_1: z.array(row) })
const refusal = z.object({ respCode: z.union([z.string(), z.number()]), respMsg: z.string() })

interface Cached {
  readonly day: KrxDay
  readonly endsMs: number
}

/** @param nowMs a clock that only moves forward */
export function createKrxMarket(base: string, http: HttpClient, nowMs: () => number): KrxMarket {
  const cache = new Map<string, Cached>()
  /** Requests under way, so that two symbols do not ask for one day at the same time. */
  const underWay = new Map<string, Promise<KrxDay>>()
  /** Services that the key lacks: each symbol would ask again. */
  const unapproved = new Map<KrxService, { readonly failure: ProviderFailure; readonly endsMs: number }>()
  let rows = 0
  const forget = (key: string): void => {
    rows -= cache.get(key)?.day.size ?? 0
    cache.delete(key)
  }
  const keep = (key: string, day: KrxDay): void => {
    forget(key)
    for (const oldest of cache.keys()) {
      if (rows + day.size <= MAX_CACHED_ROWS) break
      forget(oldest)
    }
    cache.set(key, { day, endsMs: nowMs() + (day.size === 0 ? EMPTY_CACHED_MS : CACHED_MS) })
    rows += day.size
  }
  const fetchDay = async (service: KrxService, session: Session, asker: Asker): Promise<KrxDay> => {
    const url = new URL(`${base}/svc/apis/${service}`)
    url.searchParams.set('basDd', session.replaceAll('-', ''))
    try {
      return readDay(await http.get(url, asker), service, session)
    } catch (error) {
      if (!(error instanceof ProviderFailure) || error.code !== 'NOT_APPROVED') throw error
      const failure = new ProviderFailure('NOT_APPROVED', `${service}: ${error.message}`)
      unapproved.set(service, { failure, endsMs: nowMs() + CACHED_MS })
      throw failure
    }
  }
  return {
    async day(service, session, asker) {
      const lacking = unapproved.get(service)
      if (lacking && lacking.endsMs > nowMs()) throw lacking.failure
      const key = `${service} ${session}`
      const cached = cache.get(key)
      if (cached && cached.endsMs > nowMs()) return cached.day
      // A request of another symbol may be aborted with that symbol; then the next one asks for itself.
      for (let asked = underWay.get(key); asked !== undefined; asked = underWay.get(key)) {
        const shared = await asked.catch(() => undefined)
        if (shared) return shared
      }
      asker.signal.throwIfAborted()
      const own = fetchDay(service, session, asker)
      underWay.set(key, own)
      try {
        const day = await own
        keep(key, day)
        return day
      } finally {
        if (underWay.get(key) === own) underWay.delete(key)
      }
    },
  }
}

/** @throws ProviderFailure CHANGED_FORMAT where the answer is not the day asked for in the expected form */
export function readDay({ status, body }: HttpAnswer, service: KrxService, session: Session): KrxDay {
  const said = new TextDecoder().decode(body)
  const parsed = answer.safeParse(jsonOf(said))
  if (!parsed.success) {
    const message = `${service}: expected OutBlock_1 as JSON, got status ${status} and ${excerpt(said)}`
    throw new ProviderFailure('CHANGED_FORMAT', message)
  }
  const day = new Map<string, KrxBar>()
  for (const one of parsed.data.OutBlock_1) {
    if (one.BAS_DD !== session.replaceAll('-', '')) {
      const message = `${service}: asked for ${session}, got a row of ${excerpt(one.BAS_DD)}`
      throw new ProviderFailure('CHANGED_FORMAT', message)
    }
    const key = one.ISU_CD ?? one.IDX_NM?.replaceAll(' ', '')
    if (key === undefined || key === '') {
      throw new ProviderFailure(
        'CHANGED_FORMAT',
        `${service}: a row of ${session} has neither ISU_CD nor IDX_NM`,
      )
    }
    day.set(key, {
      open: given(one.TDD_OPNPRC ?? one.OPNPRC_IDX),
      high: given(one.TDD_HGPRC ?? one.HGPRC_IDX),
      low: given(one.TDD_LWPRC ?? one.LWPRC_IDX),
      close: given(one.TDD_CLSPRC ?? one.CLSPRC_IDX),
      volume: given(one.ACC_TRDVOL),
    })
  }
  return day
}

/** The Open API's own refusals; a key that is valid may still lack a service. */
export function judgeKrx({ body }: HttpAnswer): VendorFailure | undefined {
  const parsed = refusal.safeParse(jsonOf(new TextDecoder().decode(body)))
  if (!parsed.success) return undefined
  const { respCode, respMsg } = parsed.data
  const failed = (code: 'NOT_APPROVED' | 'REFUSED', message: string): VendorFailure => ({
    failure: new ProviderFailure(code, message),
    again: false,
  })
  if (/unauthorized api call/i.test(respMsg)) {
    return failed('NOT_APPROVED', 'KRX_API_KEY is not approved for this service of openapi.krx.co.kr')
  }
  if (/unauthorized key/i.test(respMsg)) {
    return failed('REFUSED', 'KRX_API_KEY is wrong or has expired; a key lasts one year')
  }
  return failed('REFUSED', `the exchange refuses with ${respCode}: ${excerpt(respMsg)}`)
}

/** A dash or an empty text stands for a missing value; thousands may be separated. */
function given(value: string | number | undefined): string | number | undefined {
  if (typeof value !== 'string') return value
  const trimmed = value.trim()
  if (trimmed === '' || trimmed === '-') return undefined
  const plain = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(trimmed) ? trimmed.replaceAll(',', '') : trimmed
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : plain
}
