/**
 * Reads symbol codes as people and vendors write them. Files, commands, GraphQL arguments, provider chains and the
 * names of files in a folder all use this one function:
 *
 * `KOSPI`, `kospi`, `^KS11`, `KS11`, `코스피`, `KRX:1001` ────── an index of `domain/indices.ts`
 * `005930`, `A005930`, `005930.KS`, `KRX:005930`, `5930` ─── a share, a fund or a note
 * `KR7005930003` ───────────────────────────────────── its ISIN, which KRX calls the standard code
 */
import { INDICES, indexOfCode } from '../../indices.js'
import { sanitizeText } from '../../sanitize-text.js'
import { isSimulatedCode } from '../../symbol.js'
import type { Market } from '../../symbol.js'
import { KospigraphError } from '../../../errors.js'
import { isIsinShaped, isinProblem, shortCodeOf } from './isin.js'
import { nearest } from './nearest.js'

/**
 * Six characters. Shares and funds have four digits and two digits or letters; since 2024-01-01 the fifth may be a
 * letter (`0126Z0`), the sixth could be before (`00088K`). Notes and warrants begin with 5 to 8 and may have letters
 * in every other place. KRX uses no I, O and U (KRX, announced on 2023-05-23; Newsway, Ajunews, Hankyung).
 */
const SHORT_CODE = /^(?:\d{4}[0-9A-HJ-NP-TV-Z]{2}|[5-8][0-9A-HJ-NP-TV-Z]{5})$/
/** `KRX:` and `KOSDAQ:` are Google's and TradingView's, A and Q those of KRX for shares and notes, the ends Yahoo's. */
const DECORATED = /^(?:(?:KRX|KOSPI|KOSDAQ|KONEX):)?[AQ]?([0-9A-Z]{6})(?:\.K[SQN])?$/
const KRX_INDEX = /^KRX:(\d{4})$/
/** What is left of a code whose zeros a spreadsheet dropped; pandas writes 5930.0 for a column with a gap. */
const BARE_NUMBER = /^([1-9]\d{0,5})(?:\.0)?$/
/** Longer than any code or name of an index. */
const MAX_TEXT = 100

const INDEX_OF_KRX_CODE = new Map(INDICES.map(({ krxCode, code }) => [krxCode, code]))
const INDEX_OF_KEY: ReadonlyMap<string, string> = new Map(
  INDICES.flatMap(({ code, nameKo, nameEn, aliases }) =>
    [code, nameKo, nameEn, ...aliases].map((name) => [keyOf(name), code] as const),
  ),
)

/** The symbol's code, or the reason why the text is none. */
type Reading = { readonly code: string } | { readonly problem: string }

/** @returns the code that a text stands for, or undefined where it stands for none */
export function readSymbolCode(text: string): string | undefined {
  const reading = read(text)
  return 'code' in reading ? reading.code : undefined
}

/** @returns why a text is no symbol that can have real bars, or undefined where it is one */
export function symbolCodeProblem(text: string): string | undefined {
  const reading = read(text)
  if ('problem' in reading) return reading.problem
  if (!isSimulatedCode(reading.code)) return undefined
  return `symbol "${reading.code}" is reserved for the simulated market; use KOSPI or a KRX code such as 005930`
}

/**
 * Returns the code that a text stands for.
 * @throws KospigraphError BAD_USER_INPUT where it stands for none that can have real bars
 */
export function requireSymbolCode(text: string): string {
  const problem = symbolCodeProblem(text)
  if (problem !== undefined) throw new KospigraphError('BAD_USER_INPUT', problem)
  return readSymbolCode(text) ?? text
}

/** @returns other spellings that are read as this symbol */
export function aliasesOf(symbol: {
  readonly code: string
  readonly market: Market | null
  readonly isin: string | null
}): readonly string[] {
  const { code, market, isin } = symbol
  const index = indexOfCode(code)
  if (index !== undefined) return [...index.aliases, index.nameKo, `KRX:${index.krxCode}`]
  if (!SHORT_CODE.test(code)) return []
  const yahoo = market === 'KOSPI' ? [`${code}.KS`] : market === 'KOSDAQ' ? [`${code}.KQ`] : []
  const standard = isin !== null && shortCodeOf(isin) === code ? [isin] : []
  return [`A${code}`, `KRX:${code}`, ...yahoo, ...standard]
}

function read(text: string): Reading {
  const written = text.normalize('NFKC').trim().toUpperCase()
  if (written.length > MAX_TEXT) return { problem: notACode(text) }
  const index = INDEX_OF_KEY.get(keyOf(written)) ?? INDEX_OF_KRX_CODE.get(KRX_INDEX.exec(written)?.[1] ?? '')
  if (index !== undefined) return { code: index }
  if (isSimulatedCode(written)) return { code: written }
  const short = DECORATED.exec(written)?.[1]
  if (short !== undefined && SHORT_CODE.test(short)) return { code: short }
  const bare = BARE_NUMBER.exec(written)?.[1]
  if (bare !== undefined) return { code: bare.padStart(6, '0') }
  if (isIsinShaped(written)) return readIsin(written)
  return { problem: notACode(text) }
}

function readIsin(isin: string): Reading {
  const problem = isinProblem(isin)
  if (problem !== undefined) return { problem: `symbol "${isin}" is not a valid ISIN: ${problem}` }
  const code = shortCodeOf(isin)
  if (code !== undefined && SHORT_CODE.test(code)) return { code }
  return { problem: `symbol "${isin}" is an ISIN without a short code in it; use the code of six characters` }
}

function notACode(text: string): string {
  const expected = 'neither an index such as KOSPI nor a six-character KRX code such as 005930'
  const near = nearest(keyOf(text.slice(0, MAX_TEXT)), INDEX_OF_KEY, ([key]) => key)
  const hint = near === undefined ? '' : `; did you mean ${near[1]}?`
  return `symbol "${sanitizeText(text)}" is ${expected}${hint}`
}

/** Names of indices are compared without case, spaces and the marks between words. */
function keyOf(name: string): string {
  return name
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s·ㆍ/&,._-]/g, '')
}
