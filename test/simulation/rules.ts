/**
 * The rules of the night, as documented: a separate model that shares no code with the night. It receives the
 * events and computes what the database must contain.
 */
import type { Calendar } from '../../src/domain/calendar/calendar.js'
import { addDays } from '../../src/domain/calendar/session.js'
import type { Session } from '../../src/domain/calendar/session.js'
import type { Listed, MarketBar } from './market.js'
import type { ScriptedProvider } from './scripted-provider.js'

/** The fields of a recipe that decide whether it can be fitted. */
export interface SmallRecipe {
  readonly name: string
  readonly windowBars: number
  readonly label: 'close' | 'closeReturn'
  readonly windowSamples: number
}

export interface ExpectedOutcome {
  /** Allowed statuses: a clock that jumps during a night leaves its progress open. */
  readonly statuses: readonly string[]
  readonly code: string | null
  /** Whether it has a forecast of the next session. */
  readonly forecast: boolean | 'either'
}

export interface ExpectedNight {
  status: string
  triggers: readonly string[]
  reason: RegExp | null
  /** By symbol and recipe. */
  readonly outcomes: Map<string, ExpectedOutcome>
  expected: number | null
  firstTriedAt: Date | null
  /** Time of its retry; null where there is none. */
  retryAt: Date | null
}

export interface ExpectedForecast {
  readonly basedOn: Session
  readonly persistenceClose: number
  /** Whether it may be missing: see {@link ExpectedOutcome.statuses}. */
  readonly optional: boolean
}

export interface Rules {
  readonly nights: ReadonlyMap<Session, ExpectedNight>
  /** By symbol and target session. */
  readonly forecasts: ReadonlyMap<string, ExpectedForecast>
  readonly stored: ReadonlyMap<string, ReadonlyMap<Session, MarketBar>>
  readonly revisions: number
  /** The scheduled time has passed, and a living scheduler has requested the night. */
  asked(now: Date, triggers: readonly string[]): void
  /** A scheduler has started. */
  started(now: Date): void
  /**
   * A night was requested by hand.
   * @returns whether one begins or runs
   */
  runNow(now: Date): boolean
  pause(reason: string | null): void
  sync(now: Date, codes?: readonly string[]): void
  /** A manual retrain has issued its forecast. */
  retrained(now: Date, code: string): void
  /** Workers have finished the night as far as possible; `opened` where the target opened meanwhile. */
  worked(date: Session, now: Date, opened?: boolean): void
  /** Nights with work left, oldest first. */
  dueAt(now: Date): readonly Session[]
}

const KOREA = '+09:00'
/** A symbol counts as trading until it has had no bar for this many sessions. */
const DORMANT = 10

export const key = (...parts: readonly string[]): string => parts.join(' ')

export function createRules(deps: {
  readonly calendar: Calendar
  readonly market: readonly Listed[]
  readonly provider: ScriptedProvider
  readonly recipes: readonly SmallRecipe[]
}): Rules {
  const { calendar, market, provider, recipes } = deps
  const nights = new Map<Session, ExpectedNight>()
  const forecasts = new Map<string, ExpectedForecast>()
  const stored = new Map<string, Map<Session, MarketBar>>()
  let revisions = 0
  let paused: string | null = null

  const today = (now: Date): Session =>
    new Date(now.getTime() + 9 * 3_600_000).toISOString().slice(0, 10) as Session
  const newestClosed = (now: Date): Session => {
    let date = today(now)
    while (!calendar.isSession(date) || calendar.sessionClose(date) > now) date = addDays(date, -1)
    return date
  }
  const opensAt = (date: Session): Date => calendar.sessionOpen(calendar.nextSession(date))
  const hasOpened = (date: Session, now: Date): boolean => now >= opensAt(date)
  const put = (date: Session, status: string, triggers: readonly string[], reason: RegExp | null): void => {
    nights.set(date, {
      status,
      triggers,
      reason,
      outcomes: new Map(),
      expected: null,
      firstTriedAt: null,
      retryAt: null,
    })
  }
  const recordMissed = (now: Date): void => {
    const newest = [...nights.keys()].sort().at(-1)
    if (newest === undefined) return
    const last = newestClosed(now)
    for (const date of calendar.sessionsBetween(addDays(newest, 1), last)) {
      if (date < last || hasOpened(date, now)) put(date, 'MISSED', ['SCHEDULE'], /no scheduler ran/)
    }
  }
  const begin = (date: Session, triggers: readonly string[]): void => {
    if (nights.has(date)) return
    if (paused !== null) put(date, 'SKIPPED', triggers, new RegExp(`^paused: ${paused}$`))
    else put(date, 'RUNNING', triggers, null)
  }

  const barsOf = (code: string, to: Session): MarketBar[] =>
    [...(stored.get(code)?.values() ?? [])]
      .filter(({ session }) => session <= to)
      .sort((a, b) => (a.session < b.session ? -1 : 1))
  /** Returns why the recipe cannot be fitted to these bars. */
  const fault = (bars: readonly MarketBar[], recipe: SmallRecipe): string | null => {
    if (bars.length < recipe.windowBars) return 'TOO_FEW_BARS'
    const labels = bars.slice(-recipe.windowSamples - (recipe.label === 'close' ? 0 : 1))
    return labels.every(({ close }) => close === labels[0]?.close) ? 'CONSTANT_LABEL' : null
  }
  const retryAfter = (firstTriedAt: Date, now: Date, date: Session): Date | null => {
    const day = today(firstTriedAt)
    const times = [day, addDays(day, 1)].flatMap((one) => [
      new Date(`${one}T07:00:00${KOREA}`),
      new Date(`${one}T20:15:00${KOREA}`),
    ])
    const two = times.filter((time) => time > firstTriedAt).slice(0, 2)
    return two.find((time) => time > now && !hasOpened(date, time)) ?? null
  }
  const issue = (code: string, date: Session, bars: readonly MarketBar[], optional: boolean): void => {
    const of = key(code, calendar.nextSession(date))
    if (forecasts.has(of)) return
    forecasts.set(of, { basedOn: date, persistenceClose: bars.at(-1)?.close ?? Number.NaN, optional })
  }

  /** Handles one symbol of a night that has its bar. */
  const fit = (night: ExpectedNight, date: Session, code: string, opened: boolean, late: boolean): void => {
    const bars = barsOf(code, date)
    const of = key(code, calendar.nextSession(date))
    const hadForecast = forecasts.has(of)
    for (const recipe of recipes) {
      const outcome = key(code, recipe.name)
      if (night.outcomes.has(outcome)) continue
      const failure = fault(bars, recipe)
      if (late) {
        night.outcomes.set(outcome, { statuses: ['FAILED'], code: 'TARGET_OPENED', forecast: false })
      } else if (opened) {
        const statuses =
          failure === null && !hadForecast ? ['SUCCEEDED', 'FAILED'] : ['ALREADY_ISSUED', 'FAILED']
        night.outcomes.set(outcome, { statuses, code: null, forecast: 'either' })
      } else {
        const succeeded = hadForecast ? 'ALREADY_ISSUED' : 'SUCCEEDED'
        night.outcomes.set(outcome, {
          statuses: [failure === null ? succeeded : 'FAILED'],
          code: failure,
          forecast: true,
        })
      }
    }
    if (!late) issue(code, date, bars, opened)
  }

  const end = (night: ExpectedNight): void => {
    const all = [...night.outcomes.values()]
    const some = (status: string): boolean => all.some(({ statuses }) => statuses.includes(status))
    if (some('SUCCEEDED') || some('ALREADY_ISSUED')) night.status = 'SUCCEEDED'
    else if (!some('FAILED')) Object.assign(night, { status: 'STALE', reason: /^no symbol had a bar/ })
    else Object.assign(night, { status: 'FAILED', reason: /^none of \d+ fits succeeded/ })
  }

  const rules: Rules = {
    nights,
    forecasts,
    stored,
    get revisions() {
      return revisions
    },
    asked(now, triggers) {
      recordMissed(now)
      const date = today(now)
      const session = newestClosed(now)
      if (hasOpened(session, now)) return
      if (!calendar.isSession(date) && !nights.has(date))
        put(date, 'SKIPPED', ['SCHEDULE'], /is not a session/)
      begin(session, triggers)
    },
    started(now) {
      if (nights.size === 0) return
      recordMissed(now)
      const session = newestClosed(now)
      const isNewer = [...nights.keys()].every((date) => date < session)
      const due = new Date(`${session}T18:30:00${KOREA}`)
      if (isNewer && !hasOpened(session, now) && now >= due) begin(session, ['CATCH_UP'])
    },
    runNow(now) {
      const date = newestClosed(now)
      if (hasOpened(date, now)) return false
      recordMissed(now)
      const night = nights.get(date)
      if (night?.status === 'SUCCEEDED') return false
      if (night?.status === 'RUNNING') return true
      const kept = [...(night?.outcomes ?? [])].filter(([, { statuses }]) =>
        statuses.some((status) => status === 'SUCCEEDED' || status === 'ALREADY_ISSUED'),
      )
      put(date, 'RUNNING', ['MANUAL'], null)
      for (const [of, outcome] of kept) nights.get(date)?.outcomes.set(of, outcome)
      return true
    },
    pause(reason) {
      paused = reason
    },
    sync(now, codes = market.map(({ code }) => code)) {
      const to = newestClosed(now)
      for (const code of codes) {
        const bars = stored.get(code) ?? new Map<Session, MarketBar>()
        for (const bar of provider.answer(code) ?? []) {
          if (bar.session > to) continue
          const before = bars.get(bar.session)
          if (before && before.close !== bar.close) revisions += 1
          bars.set(bar.session, bar)
          stored.set(code, bars)
        }
      }
    },
    retrained(now, code) {
      const date = newestClosed(now)
      issue(code, date, barsOf(code, date), false)
    },
    worked(date, now, opened = false) {
      const night = nights.get(date)
      if (!night || (night.status !== 'RUNNING' && night.retryAt === null)) return
      const late = hasOpened(date, now)
      if (!late) rules.sync(now)
      night.firstTriedAt ??= now
      let since = date
      for (let sessions = 0; sessions < DORMANT; sessions += 1) since = calendar.previousSession(since)
      const members = market.flatMap(({ code }) => {
        const last = barsOf(code, date).at(-1)?.session
        return last !== undefined && last >= since ? [{ code, last }] : []
      })
      if (members.length === 0) {
        Object.assign(night, { status: 'SKIPPED', reason: /^no real symbol has a bar/ })
        return
      }
      night.expected = members.length * recipes.length
      const isUndone = ({ code }: { code: string }): boolean =>
        recipes.some(({ name }) => !night.outcomes.has(key(code, name)))
      const undone = members.filter(isUndone)
      const stale = undone.filter(({ last }) => last !== date)
      for (const { code, last } of undone) if (last === date) fit(night, date, code, opened, late)
      night.retryAt = stale.length === 0 ? null : retryAfter(night.firstTriedAt, now, date)
      if (night.retryAt !== null) {
        Object.assign(night, { status: 'STALE', reason: /symbols have no bar of/ })
        return
      }
      for (const { code } of stale) {
        for (const { name } of recipes) {
          night.outcomes.set(key(code, name), { statuses: ['STALE'], code: 'NO_BAR', forecast: false })
        }
      }
      night.reason = null
      end(night)
    },
    dueAt: (now) =>
      [...nights]
        .flatMap(([date, { status, retryAt }]) =>
          status === 'RUNNING' || (retryAt !== null && retryAt <= now) ? [date] : [],
        )
        .sort(),
  }
  return rules
}
