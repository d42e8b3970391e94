/**
 * The `csv` provider: a folder of bar files such as `005930.csv`, `005930-2024.csv.gz` or `KOSPI_new.csv`.
 *
 * A file's name begins with its symbol, so a symbol is found without opening every file. Files of a whole market
 * belong to `kospigraph ingest`. All files of a symbol make up one answer; where several have a session, the file
 * changed last wins. All bars count, including those before the sessions asked for, because the folder's owner put
 * them there.
 */
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { UNKNOWN_BASIS } from '../../domain/bars/price-basis.js'
import type { PriceBasis } from '../../domain/bars/price-basis.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { readSymbolCode } from '../../domain/bars/instruments/symbol-code.js'
import { KospigraphError, messageOf } from '../../errors.js'
import { openBarFile } from '../csv/bar-file.js'
import { ProviderFailure, answerOf } from './provider.js'
import type { BarProvider, BarQuestion, ProviderAnswer } from './provider.js'

const MAX_FILES_OF_SYMBOL = 100
const MAX_FILE_BYTES = 64_000_000
/** Bound on one symbol's rows over all its files: several times 70 years of sessions. */
const MAX_ROWS = 100_000
/** Parts of a name that are tried as the end of its code. */
const MAX_NAME_PARTS = 20
/** Names whose code is remembered: a folder is listed once for every symbol. */
const MAX_KNOWN_NAMES = 50_000
const EXTENSION = /\.csv(\.gz)?$/i

interface FoundFile {
  readonly name: string
  readonly file: string
  readonly changedMs: number
}

type Row = Omit<RawBar, 'row'>

type CodeOfName = (name: string) => string | undefined

/**
 * Creates the provider.
 * @param folder an absolute path
 */
export function createCsvFolder(folder: string): BarProvider {
  const codeOfName = createNameReader()
  return {
    name: 'csv',
    repeats: true,
    async fetch(question) {
      try {
        return await readFolder(folder, question, codeOfName)
      } catch (cause) {
        // The file is not a bar file, or its layout is ambiguous.
        if (cause instanceof KospigraphError && cause.code === 'BAD_USER_INPUT') {
          throw new ProviderFailure('BAD_FILE', cause.message, { cause })
        }
        throw cause
      }
    },
  }
}

async function readFolder(
  folder: string,
  question: BarQuestion,
  codeOfName: CodeOfName,
): Promise<ProviderAnswer> {
  const { code } = question.symbol
  const files = await filesOf(folder, code, codeOfName)
  if (files.length === 0) {
    throw new ProviderFailure(
      'UNKNOWN_SYMBOL',
      `${folder} has no file of ${code}; expected ${code}.csv, ${code}-<anything>.csv or one of them as .gz`,
    )
  }
  const bySession = new Map<string, readonly Row[]>()
  const notes: string[] = []
  const bases: PriceBasis[] = []
  let rows = 0
  for (const found of files) {
    const { own, note, basis } = await readFile(found, question, MAX_ROWS - rows)
    bases.push(basis)
    rows += own.length
    notes.push(note)
    for (const [session, bars] of sessionsOf(own)) bySession.set(session, bars)
  }
  // In session order, so that each bar is checked against the one before; invalid dates sort with the rest.
  const sessions = [...bySession.keys()].sort()
  return answerOf(
    sessions.flatMap((session) => bySession.get(session) ?? []),
    question,
    { notes, basis: sharedBasis(bases) },
  )
}

/** The basis that all files state; what they differ in is unknown. */
function sharedBasis(bases: readonly PriceBasis[]): PriceBasis {
  const shared = <Key extends keyof PriceBasis>(key: Key): PriceBasis[Key] => {
    const [first = UNKNOWN_BASIS, ...others] = bases
    return others.every((other) => other[key] === first[key]) ? first[key] : UNKNOWN_BASIS[key]
  }
  return {
    closeBasis: shared('closeBasis'),
    volumeBasis: shared('volumeBasis'),
    adjustment: shared('adjustment'),
  }
}

/** Returns the files of a symbol, in order of their last change. */
async function filesOf(folder: string, code: string, codeOfName: CodeOfName): Promise<readonly FoundFile[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ProviderFailure('BAD_FILE', `CSV_FOLDER cannot be read: ${messageOf(cause)}`, { cause })
  })
  const own = names.filter((name) => EXTENSION.test(name) && codeOfName(name) === code).sort()
  if (own.length > MAX_FILES_OF_SYMBOL) {
    const message = `${folder} has ${own.length} files of ${code}; at most ${MAX_FILES_OF_SYMBOL} are read; merge some of them`
    throw new ProviderFailure('TOO_LARGE', message)
  }
  const found: FoundFile[] = []
  for (const name of own) {
    const file = path.join(folder, name)
    const { size, mtimeMs } = await stat(file).catch((cause: unknown) => {
      throw new ProviderFailure('BAD_FILE', `${name} cannot be read: ${messageOf(cause)}`, { cause })
    })
    if (size > MAX_FILE_BYTES) {
      const message = `${name} is larger than ${MAX_FILE_BYTES / 1_000_000} MB; import it with "kospigraph ingest"`
      throw new ProviderFailure('TOO_LARGE', message)
    }
    found.push({ name, file, changedMs: mtimeMs })
  }
  return found.sort((a, b) => a.changedMs - b.changedMs)
}

/**
 * Returns a function that finds the symbol that a file's name begins with: the longest beginning that is a code, so
 * that KOSPI_FOOD.csv does not belong to KOSPI. A number has all its six digits: 2024-KOSPI.csv belongs to nothing.
 */
function createNameReader(): CodeOfName {
  const known = new Map<string, string | undefined>()
  return (name) => {
    if (known.has(name)) return known.get(name)
    const text = name.replace(EXTENSION, '')
    const ends = [...text.matchAll(/[^\p{L}\p{N}]/gu)].map(({ index }) => index).filter((end) => end > 0)
    const code = [text.length, ...ends.toReversed().slice(0, MAX_NAME_PARTS)]
      .map((end) => text.slice(0, end))
      .filter((beginning) => !/^\d{1,5}(\.0)?$/.test(beginning))
      .map(readSymbolCode)
      .find((found) => found !== undefined)
    if (known.size >= MAX_KNOWN_NAMES) known.clear()
    known.set(name, code)
    return code
  }
}

async function readFile(
  { name, file }: FoundFile,
  { symbol, signal }: BarQuestion,
  maxRows: number,
): Promise<{ readonly own: readonly Row[]; readonly note: string; readonly basis: PriceBasis }> {
  const source = await openBarFile(file, { symbolOtherwise: symbol.code })
  const own: Row[] = []
  let others = 0
  for await (const batch of source.batches) {
    signal.throwIfAborted()
    for (const bar of batch) {
      if (bar.symbol === symbol.code) own.push(bar)
      else others += 1
    }
    if (own.length > maxRows) {
      const message = `the files of ${symbol.code} have more than ${MAX_ROWS} rows; expected daily bars of one symbol`
      throw new ProviderFailure('TOO_LARGE', message)
    }
  }
  const left = others > 0 ? [`${others} rows of other symbols left out`] : []
  const { format, basis } = source
  return { own, note: [`${name} read as ${format.name}`, ...format.notes, ...left].join(', '), basis }
}

function sessionsOf(rows: readonly Row[]): Map<string, Row[]> {
  const sessions = new Map<string, Row[]>()
  for (const row of rows) {
    const same = sessions.get(row.session)
    if (same) same.push(row)
    else sessions.set(row.session, [row])
  }
  return sessions
}
