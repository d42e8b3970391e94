/** Reads one row of a symbol master: an instrument, or why it is none. */
import type { ListedInstrument } from '../../domain/bars/instruments/listed-instrument.js'
import { isIsinShaped, shortCodeOf } from '../../domain/bars/instruments/isin.js'
import type { Session } from '../../domain/calendar/session.js'
import { defineSymbol } from '../../domain/symbol.js'
import type { Market, SymbolKind } from '../../domain/symbol.js'
import { readDate } from '../dates/date-shape.js'
import type { MasterColumns } from './master-columns.js'

const MARKETS: Readonly<Record<string, Market>> = {
  KOSPI: 'KOSPI',
  STK: 'KOSPI',
  코스피: 'KOSPI',
  유가: 'KOSPI',
  유가증권: 'KOSPI',
  유가증권시장: 'KOSPI',
  KOSDAQ: 'KOSDAQ',
  KSQ: 'KOSDAQ',
  코스닥: 'KOSDAQ',
  코스닥시장: 'KOSDAQ',
  // FinanceDataReader's name for the KOSDAQ shares of the exchange's Global segment.
  KOSDAQGLOBAL: 'KOSDAQ',
  KONEX: 'KONEX',
  KNX: 'KONEX',
  코넥스: 'KONEX',
  코넥스시장: 'KONEX',
}

/** KRX's groups of securities. Funds of the stock market that are no ETF trade and are taxed as shares. */
const GROUPS: Readonly<Record<string, SymbolKind>> = {
  주권: 'COMMON_SHARE',
  외국주권: 'COMMON_SHARE',
  주식예탁증권: 'COMMON_SHARE',
  투자회사: 'COMMON_SHARE',
  선박투자회사: 'COMMON_SHARE',
  사회간접자본투융자회사: 'COMMON_SHARE',
  부동산투자회사: 'REIT',
  ETF: 'ETF',
  상장지수펀드: 'ETF',
  ETN: 'ETN',
  상장지수증권: 'ETN',
}

const NOTHING = new Set(['', '-', 'nan', 'none', 'null', 'nat', 'n/a'])

export type ReadInstrument = ListedInstrument | { readonly code: string; readonly problem: string }

/** @returns an instrument, whose code may still be spelled in any way, or the reason why the row is none */
export function readInstrument(record: readonly string[], columns: MasterColumns): ReadInstrument {
  const cell = (field: keyof MasterColumns): string | null => {
    const at = columns[field]
    const text = (at === undefined ? '' : (record[at] ?? '')).trim()
    return NOTHING.has(text.toLowerCase()) ? null : text
  }
  const standard = cell('standardCode')?.toUpperCase() ?? null
  const isin = standard !== null && isIsinShaped(standard) ? standard : null
  const code = cell('code') ?? (isin === null ? standard : (shortCodeOf(isin) ?? isin))
  if (code === null) return { code: '', problem: 'the row has no code' }
  const refused = (problem: string): ReadInstrument => ({ code, problem })

  const marketText = cell('market')
  const market = marketText === null ? null : MARKETS[marketText.toUpperCase().replace(/\s/g, '')]
  if (market === undefined) {
    return refused(`"${marketText ?? ''}" is not a market of the exchange; expected KOSPI, KOSDAQ or KONEX`)
  }
  const dates = { listedOn: cell('listedOn'), delistedOn: cell('delistedOn') }
  const [listedOn, delistedOn] = [dates.listedOn, dates.delistedOn].map((text) =>
    text === null ? null : readDate(text, undefined),
  )
  if (listedOn === undefined) return refused(`"${dates.listedOn ?? ''}" is not a date of listing`)
  if (delistedOn === undefined) return refused(`"${dates.delistedOn ?? ''}" is not a date of delisting`)

  const nameKo = cell('nameKo') ?? cell('fullNameKo')
  const kind = kindOf(code, {
    nameKo: nameKo ?? '',
    group: cell('group'),
    shareKind: cell('shareKind'),
    department: cell('department'),
    isFund: columns.fundIndex !== undefined,
    isShareList: columns.department !== undefined && market !== null,
  })
  if (typeof kind !== 'string') return refused(kind.problem)
  return {
    code,
    kind,
    // Funds and notes trade on the KOSPI's market.
    market: market ?? (kind === 'ETF' || kind === 'ETN' ? 'KOSPI' : null),
    nameKo,
    nameEn: cell('nameEn'),
    isin,
    sector: cell('sector'),
    listedOn: listedOn as Session | null,
    delistedOn: delistedOn as Session | null,
  }
}

interface KindClues {
  readonly nameKo: string
  readonly group: string | null
  readonly shareKind: string | null
  readonly department: string | null
  /** Whether the file lists funds or notes. */
  readonly isFund: boolean
  /** Whether the file lists shares, by the columns that only such lists have. */
  readonly isShareList: boolean
}

function kindOf(code: string, clues: KindClues): SymbolKind | { readonly problem: string } {
  const { nameKo, group, shareKind, department, isFund, isShareList } = clues
  if (isFund) return /^[5-8]/.test(code.replace(/^Q/i, '')) && /ETN/i.test(nameKo) ? 'ETN' : 'ETF'
  if (group !== null) {
    const kind = GROUPS[group.replace(/\s|\(.*\)/g, '')]
    if (kind === undefined) return { problem: `securities of the group "${group}" are not supported` }
    return kind === 'COMMON_SHARE' ? shareKindOf(nameKo, shareKind, department) : kind
  }
  if (shareKind !== null) return shareKindOf(nameKo, shareKind, department)
  const byCode = defineSymbol(code).kind
  if (!isShareList || byCode !== 'UNKNOWN') return byCode
  return nameKo.endsWith('리츠') ? 'REIT' : shareKindOf(nameKo, null, department)
}

function shareKindOf(nameKo: string, shareKind: string | null, department: string | null): SymbolKind {
  if (shareKind?.includes('우선주') === true || shareKind === '종류주권') return 'PREFERRED_SHARE'
  const isSpac = department?.toUpperCase().startsWith('SPAC') === true || /스팩|기업인수목적/.test(nameKo)
  return isSpac ? 'SPAC' : 'COMMON_SHARE'
}
