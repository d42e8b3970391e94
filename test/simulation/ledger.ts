/**
 * Checks the promotion ledger against itself, against the forecasts, and against the walk-forwards that its
 * entries rest on. The skill of an entry is computed again here from predictions and closes.
 */
import type { Calendar } from '../../src/domain/calendar/calendar.js'
import type { Session } from '../../src/domain/calendar/session.js'
import type { Records } from './records.js'
import { key } from './rules.js'

/** The promotion rules that the simulation's processes are configured with. */
export interface LedgerRules {
  readonly sessions: number
  readonly takeoverSkill: number
  readonly keepSkill: number
}

type Entry = Records['promotions'][number]

const SKILL_ROUNDING = 1e-9

/** Entries are checked once, right after they were made, because bars may be corrected later. */
export function createLedgerCheck(rules: LedgerRules, calendar: Calendar): (records: Records) => string[] {
  const judged = new Set<string>()
  return (records) => {
    const violations: string[] = []
    const byCode = new Map<string, Entry[]>()
    for (const entry of records.promotions) {
      byCode.set(entry.code, [...(byCode.get(entry.code) ?? []), entry])
    }
    for (const [code, entries] of byCode) {
      violations.push(...chainViolations(code, entries))
      for (const entry of entries) {
        const name = key(code, String(entry.number))
        if (judged.has(name)) continue
        judged.add(name)
        violations.push(...decisionViolations(records, entry, { rules, calendar }))
      }
    }
    for (const forecast of records.forecasts) {
      violations.push(...servingViolations(forecast, byCode.get(forecast.code) ?? []))
    }
    return violations
  }
}

function chainViolations(code: string, entries: readonly Entry[]): string[] {
  const violations: string[] = []
  let standing: number | null = null
  let from: string = ''
  for (const [place, entry] of entries.entries()) {
    const name = `entry ${entry.number} of the ledger of ${code}, a ${entry.kind}`
    if (entry.number !== place + 1) violations.push(`${name}, stands at place ${place + 1}`)
    if (entry.replaces !== standing) {
      violations.push(`${name}, replaces ${String(entry.replaces)} and not ${String(standing)}`)
    }
    if (entry.effectiveFrom < from) violations.push(`${name}, counts from before the one that it follows`)
    from = entry.effectiveFrom
    if (entry.kind === 'ROLLBACK') {
      const undone = entries.find(({ number }) => number === standing)
      const restored = entries.find(({ number }) => number === entry.restores)
      if (!undone || undone.replaces !== entry.restores)
        violations.push(`${name}, restores ${String(entry.restores)}`)
      const { contender, pinned } = restored ?? { contender: 'persistence', pinned: null }
      if (entry.contender !== contender || entry.pinned !== pinned) {
        violations.push(`${name}, has ${entry.contender} serve and restores ${contender}`)
      }
      standing = entry.restores
    } else {
      standing = entry.number
    }
  }
  return violations
}

/** A night's decision must follow from the stored walk-forward of the recipe. */
function decisionViolations(
  records: Records,
  entry: Entry,
  { rules, calendar }: { readonly rules: LedgerRules; readonly calendar: Calendar },
): string[] {
  const { code, kind, evaluation, effectiveFrom } = entry
  if (kind !== 'TAKEOVER' && kind !== 'GIVE_WAY') return []
  const name = `the ${kind} of ${code} from ${effectiveFrom} on`
  const own = records.forecasts.filter((one) => one.code === code)
  // Decided with its forecast or, where that was already issued by hand, for the session after it.
  const issued =
    own.find(
      ({ target, createdAt }) => target === effectiveFrom && createdAt.getTime() === entry.at.getTime(),
    ) ??
    own.find(
      ({ target, createdAt }) => calendar.nextSession(target) === effectiveFrom && createdAt < entry.at,
    )
  if (!issued) return [`${name} came without a forecast`]
  const violations: string[] = []
  if (evaluation === null) return [...violations, `${name} rests on nothing`]
  const recipe = kind === 'TAKEOVER' ? entry.contender : entry.replaced
  const skill = skillOf(records, code, recipe ?? '', issued.basedOn, rules.sessions)
  if (skill === null || Math.abs(skill - (evaluation.skill ?? Number.NaN)) > SKILL_ROUNDING) {
    violations.push(
      `${name} says a skill of ${String(evaluation.skill)}, and the records say ${String(skill)}`,
    )
  }
  const isRight =
    kind === 'TAKEOVER'
      ? evaluation.sessions === rules.sessions &&
        (evaluation.skill ?? -1) >= rules.takeoverSkill &&
        (evaluation.pValue ?? 1) < 0.05
      : (evaluation.skill ?? 1) < rules.keepSkill
  return isRight ? violations : [...violations, `${name} rests on ${JSON.stringify(evaluation)}`]
}

function skillOf(
  { walked, bars }: Records,
  code: string,
  recipe: string,
  basedOn: Session,
  sessions: number,
): number | null {
  const own = bars.filter((bar) => bar.code === code && bar.session <= basedOn)
  own.sort((a, b) => (a.session < b.session ? -1 : 1))
  let [model, persistence] = [0, 0]
  for (let place = Math.max(1, own.length - sessions); place < own.length; place += 1) {
    const [before, bar] = [own[place - 1], own[place]]
    const said = walked.find(
      (one) => one.code === code && one.recipe === recipe && one.target === bar?.session,
    )
    if (!before || !bar || !said) continue
    model += (said.predicted * (before.close / said.previous) - bar.close) ** 2
    persistence += (before.close - bar.close) ** 2
  }
  return persistence === 0 ? null : 1 - Math.sqrt(model / persistence)
}

/** A forecast is served by the ledger's contender for its session at that time, or by persistence with a reason. */
function servingViolations(forecast: Records['forecasts'][number], entries: readonly Entry[]): string[] {
  const name = `the forecast of ${forecast.code} for ${forecast.target}`
  const inForce = entries.filter(
    ({ effectiveFrom, at }) => effectiveFrom <= forecast.target && at <= forecast.createdAt,
  )
  const { contender, pinned } = inForce.at(-1) ?? { contender: 'persistence', pinned: null }
  const violations: string[] = []
  if (forecast.contender !== contender && forecast.contender !== 'persistence') {
    violations.push(`${name} is served by ${forecast.contender}, but the ledger has ${contender}`)
  }
  if (forecast.contender === 'persistence') return violations
  if (pinned !== null && forecast.version !== pinned)
    violations.push(`${name} is not by the version that is pinned`)
  if (forecast.versionRecipe !== contender || (forecast.versionLast ?? '9') > forecast.basedOn) {
    violations.push(
      `${name} is by a version of ${String(forecast.versionRecipe)} to ${String(forecast.versionLast)}`,
    )
  }
  return violations
}
