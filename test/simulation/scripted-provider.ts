/** The scripted provider: a folder of CSV files that the harness fills late, corrects, breaks, and removes. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Session } from '../../src/domain/calendar/session.js'
import type { Listed, MarketBar } from './market.js'

export interface ScriptedProvider {
  readonly folder: string
  /** Delivers the session's bars of all symbols but these. */
  deliver(session: Session, except?: readonly string[]): void
  /** Changes the close of a bar that has been delivered. */
  correct(code: string, session: Session, factor: number): void
  /** While it is out, the folder cannot be read. */
  setOut(out: boolean): void
  /** A broken file has other content. */
  setBroken(code: string, broken: boolean): void
  /** The answer to a request now; undefined where there is none. */
  answer(code: string): readonly MarketBar[] | undefined
}

/** @param start everything before this session has been delivered */
export function createScriptedProvider(
  folder: string,
  market: readonly Listed[],
  start: Session,
): ScriptedProvider {
  const away = `${folder}-away`
  const listed = new Map(market.map((symbol) => [symbol.code, symbol]))
  const delivered = new Map<string, Map<Session, MarketBar>>()
  const broken = new Set<string>()
  let out = false
  const barsOf = (code: string): MarketBar[] =>
    [...(delivered.get(code)?.values() ?? [])].sort((a, b) => (a.session < b.session ? -1 : 1))
  const write = (code: string): void => {
    const lines = barsOf(code).map(({ session, open, high, low, close, volume }) =>
      [session, open, high, low, close, volume].join(','),
    )
    if (lines.length === 0) return
    const text = broken.has(code)
      ? 'Service Unavailable\n'
      : `Date,Open,High,Low,Close,Volume\n${lines.join('\n')}\n`
    writeFileSync(path.join(out ? away : folder, `${code}.csv`), text)
  }
  const add = (code: string, bar: MarketBar): void => {
    const bars = delivered.get(code) ?? new Map<Session, MarketBar>()
    delivered.set(code, bars.set(bar.session, bar))
  }
  mkdirSync(folder)
  for (const { code, bars } of market) {
    for (const bar of bars) if (bar.session < start) add(code, bar)
    write(code)
  }
  return {
    folder,
    deliver(session, except = []) {
      for (const { code, bars } of market) {
        const bar = bars.find((one) => one.session === session)
        if (!bar || except.includes(code) || delivered.get(code)?.has(session)) continue
        add(code, bar)
        write(code)
      }
    },
    correct(code, session, factor) {
      const bar = delivered.get(code)?.get(session)
      if (!bar) return
      const close = Number((bar.close * factor).toFixed(listed.get(code)?.decimals))
      add(code, { ...bar, close, high: Math.max(bar.high, close), low: Math.min(bar.low, close) })
      write(code)
    },
    setOut(next) {
      if (next !== out) renameSync(out ? away : folder, out ? folder : away)
      out = next
    },
    setBroken(code, isBroken) {
      if (isBroken) broken.add(code)
      else broken.delete(code)
      write(code)
    },
    answer(code) {
      const bars = barsOf(code)
      return out || broken.has(code) || bars.length === 0 ? undefined : bars
    },
  }
}
