/** Lists of the listed shares from the exchange's Open API: one of each market, as of one day. */
import { z } from 'zod'
import type { MasterRow } from '../../domain/bars/instruments/listed-instrument.js'
import type { Session } from '../../domain/calendar/session.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { Market } from '../../domain/symbol.js'
import { masterColumns } from '../master/master-columns.js'
import { readInstrument } from '../master/master-row.js'
import type { HttpAnswer } from './http-status.js'
import type { Asker, HttpClient } from './http.js'
import { ProviderFailure } from './provider.js'
import type { InstrumentLists } from './provider.js'
import { excerpt, jsonOf } from './vendor-text.js'

/** Each has to be applied for by itself. */
const LISTS: readonly { readonly service: string; readonly market: Market }[] = [
  { service: 'sto/stk_isu_base_info', market: 'KOSPI' },
  { service: 'sto/ksq_isu_base_info', market: 'KOSDAQ' },
  { service: 'sto/knx_isu_base_info', market: 'KONEX' },
]

const text = z.union([z.string(), z.number()]).transform(String)
const row = z.object({
  ISU_CD: text,
  ISU_SRT_CD: text,
  ISU_ABBRV: text,
  MKT_TP_NM: text,
  ISU_NM: text.optional(),
  ISU_ENG_NM: text.optional(),
  LIST_DD: text.optional(),
  SECUGRP_NM: text.optional(),
  SECT_TP_NM: text.optional(),
  KIND_STKCERT_TP_NM: text.optional(),
})
const answer = z.object({ OutBlock_1: z.array(row) })

type ListRow = z.infer<typeof row>
const FIELDS = Object.keys(row.shape) as (keyof ListRow)[]
const COLUMNS = masterColumns(FIELDS)

/**
 * Asks for the list of each market. One that the key is not approved for is left out, with a note.
 * @throws ProviderFailure NOT_APPROVED where that is so for all, NO_BARS where one is empty, CHANGED_FORMAT
 */
export async function fetchKrxInstruments(
  base: string,
  http: HttpClient,
  session: Session,
  asker: Asker,
): Promise<InstrumentLists> {
  const rows: MasterRow[] = []
  const problems: { row: number; code: string; message: string }[] = []
  const notes: string[] = []
  const unapproved: string[] = []
  let at = 0
  for (const { service, market } of LISTS) {
    const url = new URL(`${base}/svc/apis/${service}`)
    url.searchParams.set('basDd', session.replaceAll('-', ''))
    const list = await http
      .get(url, asker)
      .then((got) => readList(got, service, session))
      .catch((error: unknown) => {
        if (!(error instanceof ProviderFailure) || error.code !== 'NOT_APPROVED') throw error
        unapproved.push(service)
        return undefined
      })
    if (list === undefined) continue
    for (const one of list) {
      at += 1
      const read = readInstrument(
        FIELDS.map((field) => one[field] ?? ''),
        COLUMNS,
      )
      const problem = 'problem' in read ? read.problem : problemOfMarket(read.market, market, service)
      if (problem !== undefined || 'problem' in read) {
        problems.push({ row: at, code: sanitizeText(read.code), message: sanitizeText(problem ?? '') })
      } else rows.push({ ...read, market, row: at })
    }
    notes.push(`${service}: ${list.length} rows of ${session}`)
  }
  if (unapproved.length === 0) return { rows, problems, notes }
  const message = `KRX_API_KEY is not approved for ${unapproved.join(', ')}; apply for it at openapi.krx.co.kr`
  if (unapproved.length === LISTS.length) throw new ProviderFailure('NOT_APPROVED', message)
  return { rows, problems, notes: [...notes, `left out: ${message}`] }
}

function readList({ status, body }: HttpAnswer, service: string, session: Session): readonly ListRow[] {
  const said = new TextDecoder().decode(body)
  const parsed = answer.safeParse(jsonOf(said))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue === undefined || issue.path.length === 0 ? '' : ` (at ${issue.path.join('.')})`
    const message = `${service}: expected OutBlock_1 as JSON, got status ${status} and ${excerpt(said)}${where}`
    throw new ProviderFailure('CHANGED_FORMAT', message)
  }
  if (parsed.data.OutBlock_1.length === 0) {
    const message = `${service} is empty for ${session}: it is not published yet; import again later`
    throw new ProviderFailure('NO_BARS', message)
  }
  return parsed.data.OutBlock_1
}

function problemOfMarket(said: Market | null, market: Market, service: string): string | undefined {
  if (said === null || said === market) return undefined
  return `${service} lists the ${market}, and the row names the ${said}`
}
