/** Local servers that answer in the formats of the real vendors. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RawBar } from '../../src/domain/bars/row-outcome.js'

export type Respond = (request: IncomingMessage, response: ServerResponse, url: URL) => void

export interface Vendor {
  /** Base URL without a trailing slash. */
  readonly url: string
  /** Requested paths with their queries, in order. */
  readonly asked: string[]
  /** Sets the answer from now on. */
  respond: Respond
  /** Closes the server and its open connections. */
  close(): Promise<void>
}

export async function startVendor(respond: Respond): Promise<Vendor> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    vendor.asked.push(path)
    vendor.respond(request, response, new URL(path, vendor.url))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const vendor: Vendor = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    respond,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return vendor
}

/** Returns the address of a server that has just been closed. */
export async function deadUrl(): Promise<string> {
  const vendor = await startVendor(() => undefined)
  await vendor.close()
  return vendor.url
}

export function sends(body: string | Buffer, status = 200, headers: Record<string, string> = {}): Respond {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }
}

/** Never answers. */
export const hangs: Respond = () => undefined

export function yahooError(code: string, description: string): string {
  return JSON.stringify({ chart: { result: null, error: { code, description } } })
}

/** Bars as Yahoo's chart has them; volumes as given, so an index's are in thousands. */
export function yahooChart(bars: readonly RawBar[], meta: Record<string, unknown> = {}): string {
  const column = (field: 'open' | 'high' | 'low' | 'close' | 'volume'): unknown[] =>
    bars.map((bar) => bar[field] ?? null)
  const quote = {
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: column('volume'),
  }
  const some = bars.length > 0
  const result = {
    meta: { currency: 'KRW', symbol: '^KS11', gmtoffset: 32_400, dataGranularity: '1d', ...meta },
    // A session's own opening, 09:00 in Seoul, is midnight in UTC.
    ...(some && { timestamp: bars.map(({ session }) => Date.parse(`${session}T00:00:00Z`) / 1_000) }),
    indicators: { quote: [some ? quote : {}] },
  }
  return JSON.stringify({ chart: { result: [result], error: null } })
}

/** Bars as Naver's table has them, with its two kinds of quotes and its blank lines. */
export function naverTable(bars: readonly RawBar[]): string {
  const lines = bars.map(
    ({ session, open, high, low, close, volume }) =>
      `\n\n["${session.replaceAll('-', '')}", ${[open, high, low, close, volume].join(', ')}, 51.2]`,
  )
  const header = "['날짜', '시가', '고가', '저가', '종가', '거래량', '외국인소진율']"
  return `\n [${[header, ...lines].join(',')}\n]\n`
}

/** The bars that a request's `startTime` and `endTime`, or `period1` and `period2`, ask for. */
export function within(bars: readonly RawBar[], { searchParams }: URL): RawBar[] {
  const dashed = (text: string): string => text.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
  const dateAt = (seconds: string): string =>
    new Date((Number(seconds) + 32_400) * 1_000).toISOString().slice(0, 10)
  const from = searchParams.has('startTime')
    ? dashed(searchParams.get('startTime') ?? '')
    : dateAt(searchParams.get('period1') ?? '')
  const to = searchParams.has('endTime')
    ? dashed(searchParams.get('endTime') ?? '')
    : dateAt(String(Number(searchParams.get('period2')) - 1))
  return bars.filter(({ session }) => session >= from && session <= to)
}

/** A day of the exchange's Open API, where every value is text; indices by name, other instruments by code. */
export function krxDay(session: string, bars: readonly RawBar[]): string {
  const text = (value: RawBar['close']): string => (value === undefined ? '-' : String(value))
  const rows = bars.map((bar) => {
    const head = { BAS_DD: session.replaceAll('-', ''), ACC_TRDVOL: text(bar.volume) }
    if (!/^\d/.test(bar.symbol)) {
      return {
        ...head,
        IDX_CLSS: 'KOSPI',
        IDX_NM: bar.symbol,
        OPNPRC_IDX: text(bar.open),
        HGPRC_IDX: text(bar.high),
        LWPRC_IDX: text(bar.low),
        CLSPRC_IDX: text(bar.close),
      }
    }
    return {
      ...head,
      ISU_CD: bar.symbol,
      ISU_NM: 'A company of this test',
      TDD_OPNPRC: text(bar.open),
      TDD_HGPRC: text(bar.high),
      TDD_LWPRC: text(bar.low),
      TDD_CLSPRC: text(bar.close),
    }
  })
  return JSON.stringify({ OutBlock_1: rows })
}

/** A page of Korea Investment's daily bars, newest first; volumes as given, so an index's are in thousands. */
export function kisPage(bars: readonly RawBar[], index = false): string {
  const output2 = [...bars].reverse().map((bar) => ({
    stck_bsop_date: bar.session.replaceAll('-', ''),
    acml_vol: String(bar.volume),
    ...(index
      ? {
          bstp_nmix_oprc: String(bar.open),
          bstp_nmix_hgpr: String(bar.high),
          bstp_nmix_lwpr: String(bar.low),
          bstp_nmix_prpr: String(bar.close),
        }
      : {
          stck_oprc: String(bar.open),
          stck_hgpr: String(bar.high),
          stck_lwpr: String(bar.low),
          stck_clpr: String(bar.close),
        }),
  }))
  return JSON.stringify({ rt_cd: '0', msg_cd: 'MCA00000', msg1: 'ok', output1: {}, output2 })
}

/** A list of the exchange's Open API, whose rows have a market but no day. */
export function krxList(market: string, rows: readonly Record<string, string>[]): string {
  const share = {
    ISU_ENG_NM: 'A company of this test',
    LIST_DD: '19750611',
    MKT_TP_NM: market,
    SECUGRP_NM: '주권',
    SECT_TP_NM: '',
    KIND_STKCERT_TP_NM: '보통주',
    PARVAL: '100',
    LIST_SHRS: '1000000',
  }
  return JSON.stringify({ OutBlock_1: rows.map((row) => ({ ...share, ...row })) })
}

/** Answers each list of the Open API by the name of its service; one without an answer is not approved. */
export function krxLists(lists: Readonly<Record<string, string>>): Respond {
  return (request, response, url) => {
    const list = lists[url.pathname.split('/').at(-1) ?? '']
    const respond =
      list === undefined ? sends('{"respMsg":"Unauthorized API Call","respCode":"401"}', 401) : sends(list)
    respond(request, response, url)
  }
}
