/**
 * Columns of symbol masters: KRX's listings and its Open API, FinanceDataReader's and pykrx's tables. Names are compared
 * as those of bar files are.
 */
import { columnKey } from '../csv/header.js'

type MasterField =
  | 'code'
  | 'standardCode'
  | 'nameKo'
  | 'fullNameKo'
  | 'nameEn'
  | 'market'
  | 'group'
  | 'shareKind'
  | 'department'
  | 'sector'
  | 'listedOn'
  | 'delistedOn'
  | 'fundIndex'

const NAMES: Readonly<Record<MasterField, readonly string[]>> = {
  code: ['단축코드', '종목코드', '티커', 'code', 'symbol', 'ticker', 'isusrtcd', 'srtncd'],
  // The Open API's listing has the ISIN here, its daily tables the short code.
  standardCode: ['표준코드', 'isucd', 'isin', 'isincd'],
  nameKo: ['한글종목약명', '종목약명', '종목명', '회사명', 'name', 'isuabbrv', '종목'],
  fullNameKo: ['한글종목명', 'isunm'],
  nameEn: ['영문종목명', '영문종목약명', 'nameen', 'nameeng', 'isuengnm', 'engname'],
  market: ['시장구분', '시장', 'market', 'mkttpnm', 'mktnm'],
  group: ['증권구분', 'secugrpnm', 'secugroup'],
  shareKind: ['주식종류', 'kindstkcerttpnm', 'kind'],
  department: ['소속부', 'dept', 'secttpnm'],
  sector: ['업종', '업종명', 'sector'],
  listedOn: ['상장일', 'listingdate', 'listdd'],
  delistedOn: ['폐지일', '상장폐지일', 'delistingdate'],
  fundIndex: ['기초지수명', 'etfobjidxnm', 'underlyingindex'],
}

/** Position of each field's column, from 0. */
export type MasterColumns = Readonly<Partial<Record<MasterField, number>>>

/** Finds the columns of a heading; the first of several names of one field is used. */
export function masterColumns(heading: readonly string[]): MasterColumns {
  const keys = heading.map(columnKey)
  const columns: Partial<Record<MasterField, number>> = {}
  for (const [field, names] of Object.entries(NAMES) as [MasterField, readonly string[]][]) {
    const name = names.find((one) => keys.includes(one))
    if (name !== undefined) columns[field] = keys.indexOf(name)
  }
  return columns
}
