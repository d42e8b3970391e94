/**
 * The exchange's indices that Kospigraph knows by name.
 *
 * KRX numbers its indices with four digits: 1… for the KOSPI's, 2… for the KOSDAQ's, 5… for those of both. The
 * sectors have had their present names since 2024-12-09, when the exchange renamed most of them and added real
 * estate, IT services and entertainment; the former Korean names are aliases. Numbers and names were compared in
 * November 2026 with the lists that pykrx returns.
 */

export interface IndexDefinition {
  /** The symbol's code. */
  readonly code: string
  readonly nameKo: string
  readonly nameEn: string
  /** The market whose shares it holds; null where they come from both. */
  readonly market: 'KOSPI' | 'KOSDAQ' | null
  /** KRX's number of the index. */
  readonly krxCode: string
  /** Other spellings, without spaces and in capitals: those of vendors, and former names. */
  readonly aliases: readonly string[]
  /** What a vendor calls it where it has its bars; vendors that are not named do not. */
  readonly tickers: IndexTickers
}

export interface IndexTickers {
  readonly yahoo?: string
  readonly naver?: string
  /** Korea Investment's number, of four digits that mean other indices than KRX's. */
  readonly kis?: string
}

type Row = readonly [krxCode: string, code: string, nameKo: string, nameEn: string, ...aliases: string[]]

const TICKERS: Readonly<Record<string, IndexTickers>> = {
  KOSPI: { yahoo: '^KS11', naver: 'KOSPI', kis: '0001' },
  KOSPI200: { yahoo: '^KS200', naver: 'KPI200', kis: '2001' },
  KOSPI100: { naver: 'KPI100' },
  KOSDAQ: { yahoo: '^KQ11', naver: 'KOSDAQ', kis: '1001' },
}

const MAIN: readonly Row[] = [
  ['1001', 'KOSPI', '코스피', 'KOSPI Composite Index', '^KS11', 'KS11', '코스피지수', '종합주가지수'],
  ['1028', 'KOSPI200', '코스피 200', 'KOSPI 200 Index', '^KS200', 'KS200', 'KPI200', 'K200'],
  ['1034', 'KOSPI100', '코스피 100', 'KOSPI 100 Index', 'KPI100'],
  ['1035', 'KOSPI50', '코스피 50', 'KOSPI 50 Index'],
  ['2001', 'KOSDAQ', '코스닥', 'KOSDAQ Composite Index', '^KQ11', 'KQ11', '코스닥지수'],
  ['2203', 'KOSDAQ150', '코스닥 150', 'KOSDAQ 150 Index', '^KQ150', 'KQ150'],
]

const BOTH_MARKETS: readonly Row[] = [
  ['5042', 'KRX100', 'KRX 100', 'KRX 100 Index'],
  ['5300', 'KRX300', 'KRX 300', 'KRX 300 Index'],
]

const KOSPI_GROUPS: readonly Row[] = [
  ['1002', 'LARGE', '대형주', 'Large Cap'],
  ['1003', 'MID', '중형주', 'Mid Cap'],
  ['1004', 'SMALL', '소형주', 'Small Cap'],
  ['1005', 'FOOD', '음식료·담배', 'Food, Beverages and Tobacco', '음식료품'],
  ['1006', 'TEXTILE', '섬유·의류', 'Textiles and Apparel', '섬유의복'],
  ['1007', 'PAPER', '종이·목재', 'Paper and Wood', '종이목재'],
  ['1008', 'CHEMICAL', '화학', 'Chemicals'],
  ['1009', 'PHARMA', '제약', 'Pharmaceuticals', '의약품'],
  ['1010', 'MINERAL', '비금속', 'Non-Metallic Minerals', '비금속광물'],
  ['1011', 'METAL', '금속', 'Metals', '철강금속'],
  ['1012', 'MACHINERY', '기계·장비', 'Machinery and Equipment', '기계'],
  ['1013', 'ELECTRIC', '전기전자', 'Electrical and Electronic Equipment'],
  ['1014', 'MEDICAL', '의료·정밀기기', 'Medical and Precision Instruments', '의료정밀'],
  ['1015', 'VEHICLE', '운송장비·부품', 'Transport Equipment and Parts', '운수장비'],
  ['1016', 'RETAIL', '유통', 'Distribution', '유통업'],
  ['1017', 'UTILITY', '전기·가스', 'Electricity and Gas', '전기가스업'],
  ['1018', 'CONSTRUCTION', '건설', 'Construction', '건설업'],
  ['1019', 'TRANSPORT', '운송·창고', 'Transport and Storage', '운수창고업'],
  ['1020', 'TELECOM', '통신', 'Telecommunications', '통신업'],
  ['1021', 'FINANCE', '금융', 'Finance', '금융업'],
  ['1022', 'BANK', '은행', 'Banks'],
  ['1024', 'SECURITIES', '증권', 'Securities'],
  ['1025', 'INSURANCE', '보험', 'Insurance'],
  ['1026', 'SERVICE', '일반서비스', 'Services', '서비스업'],
  ['1027', 'MANUFACTURING', '제조', 'Manufacturing', '제조업'],
  ['1045', 'REAL_ESTATE', '부동산', 'Real Estate'],
  ['1046', 'IT_SERVICE', 'IT 서비스', 'IT Services'],
  ['1047', 'ENTERTAINMENT', '오락·문화', 'Entertainment and Culture'],
]

const KOSPI200_SECTORS: readonly Row[] = [
  ['1150', 'COMMUNICATION', '커뮤니케이션서비스', 'Communication Services'],
  ['1151', 'CONSTRUCTION', '건설', 'Construction'],
  ['1152', 'HEAVY_INDUSTRY', '중공업', 'Heavy Industries'],
  ['1153', 'STEEL', '철강/소재', 'Steel and Materials'],
  ['1154', 'ENERGY', '에너지/화학', 'Energy and Chemicals'],
  ['1155', 'IT', '정보기술', 'Information Technology'],
  ['1156', 'FINANCE', '금융', 'Finance'],
  ['1157', 'STAPLES', '생활소비재', 'Consumer Staples'],
  ['1158', 'DISCRETIONARY', '경기소비재', 'Consumer Discretionary'],
  ['1159', 'INDUSTRIAL', '산업재', 'Industrials'],
  ['1160', 'HEALTH', '헬스케어', 'Health Care'],
]

const KOSDAQ_GROUPS: readonly Row[] = [
  ['2002', 'LARGE', '대형주', 'Large Cap'],
  ['2003', 'MID', '중형주', 'Mid Cap'],
  ['2004', 'SMALL', '소형주', 'Small Cap'],
  ['2012', 'SERVICE', '일반서비스', 'Services', '기타서비스'],
  ['2024', 'MANUFACTURING', '제조', 'Manufacturing'],
  ['2026', 'CONSTRUCTION', '건설', 'Construction'],
  ['2027', 'RETAIL', '유통', 'Distribution'],
  ['2029', 'TRANSPORT', '운송·창고', 'Transport and Storage', '운송'],
  ['2031', 'FINANCE', '금융', 'Finance'],
  ['2037', 'ENTERTAINMENT', '오락·문화', 'Entertainment and Culture', '오락,문화'],
  ['2056', 'FOOD', '음식료·담배', 'Food, Beverages and Tobacco'],
  ['2058', 'TEXTILE', '섬유·의류', 'Textiles and Apparel'],
  ['2062', 'PAPER', '종이·목재', 'Paper and Wood'],
  ['2063', 'PUBLISHING', '출판·매체복제', 'Publishing and Media'],
  ['2065', 'CHEMICAL', '화학', 'Chemicals'],
  ['2066', 'PHARMA', '제약', 'Pharmaceuticals'],
  ['2067', 'MINERAL', '비금속', 'Non-Metallic Minerals'],
  ['2068', 'METAL', '금속', 'Metals'],
  ['2070', 'MACHINERY', '기계·장비', 'Machinery and Equipment'],
  ['2072', 'ELECTRIC', '전기전자', 'Electrical and Electronic Equipment', '일반전기전자'],
  ['2074', 'MEDICAL', '의료·정밀기기', 'Medical and Precision Instruments'],
  ['2075', 'VEHICLE', '운송장비·부품', 'Transport Equipment and Parts'],
  ['2077', 'OTHER_MANUFACTURING', '기타제조', 'Other Manufacturing'],
  ['2114', 'TELECOM', '통신', 'Telecommunications'],
  ['2118', 'IT_SERVICE', 'IT 서비스', 'IT Services'],
]

const KOSDAQ150_SECTORS: readonly Row[] = [
  ['2212', 'MATERIAL', '소재', 'Materials'],
  ['2213', 'INDUSTRIAL', '산업재', 'Industrials'],
  ['2214', 'STAPLES', '필수소비재', 'Consumer Staples'],
  ['2215', 'DISCRETIONARY', '자유소비재', 'Consumer Discretionary'],
  ['2216', 'IT', '정보기술', 'Information Technology'],
  ['2217', 'HEALTH', '헬스케어', 'Health Care'],
  ['2218', 'COMMUNICATION', '커뮤니케이션서비스', 'Communication Services'],
]

export const INDICES: readonly IndexDefinition[] = [
  ...MAIN.map((row) => indexOf(row)),
  ...BOTH_MARKETS.map((row) => indexOf(row)),
  ...KOSPI_GROUPS.map((row) => indexOf(row, ['KOSPI', '코스피', 'KOSPI'])),
  ...KOSPI200_SECTORS.map((row) => indexOf(row, ['KOSPI200', '코스피 200', 'KOSPI 200'])),
  ...KOSDAQ_GROUPS.map((row) => indexOf(row, ['KOSDAQ', '코스닥', 'KOSDAQ'])),
  ...KOSDAQ150_SECTORS.map((row) => indexOf(row, ['KOSDAQ150', '코스닥 150', 'KOSDAQ 150'])),
]

const BY_CODE: ReadonlyMap<string, IndexDefinition> = new Map(INDICES.map((index) => [index.code, index]))

/** @returns the index of a symbol's code, or undefined where the code is none of an index */
export function indexOfCode(code: string): IndexDefinition | undefined {
  return BY_CODE.get(code)
}

/** @param family code, Korean and English name of the index that a sector's name begins with */
function indexOf(
  [krxCode, ownCode, ownKo, ownEn, ...aliases]: Row,
  family?: readonly [code: string, nameKo: string, nameEn: string],
): IndexDefinition {
  const market = krxCode.startsWith('1') ? 'KOSPI' : krxCode.startsWith('2') ? 'KOSDAQ' : null
  if (family === undefined) {
    const tickers = TICKERS[ownCode] ?? {}
    return { code: ownCode, nameKo: ownKo, nameEn: ownEn, market, krxCode, aliases, tickers }
  }
  const [code, nameKo, nameEn] = family
  return {
    code: `${code}_${ownCode}`,
    nameKo: `${nameKo} ${ownKo}`,
    nameEn: `${nameEn} ${ownEn}`,
    market,
    krxCode,
    // A bare "화학" could be the KOSPI's or the KOSDAQ's, so sectors keep the market in every name.
    aliases: aliases.map((alias) => `${nameKo}${alias}`.replaceAll(' ', '')),
    tickers: {},
  }
}
