/** Compares the database with what the rules require, and with its earlier contents. */
import type { Calendar } from '../../src/domain/calendar/calendar.js'
import type { Records } from './records.js'
import { key } from './rules.js'
import type { ExpectedNight, Rules } from './rules.js'

/** Returns a sentence for each violation. */
export function findViolations(records: Records, rules: Rules, calendar: Calendar): string[] {
  return [
    ...nightViolations(records, rules),
    ...outcomeViolations(records, rules, calendar),
    ...forecastViolations(records, rules, calendar),
    ...barViolations(records, rules),
    ...records.oddVersions.map(
      (version) => `model version ${version} is orphaned, misnumbered, empty, or not the one of its night`,
    ),
    ...jobViolations(records, rules),
  ]
}

export function findLost(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...before].flatMap(([row, count]) =>
    (after.get(row) ?? 0) < count ? [`a stored row of ${row.split(' ')[0] ?? ''} has changed or gone`] : [],
  )
}

function nightViolations({ nights }: Records, rules: Rules): string[] {
  const found = new Map(nights.map((night) => [night.date, night]))
  const dates = [...new Set([...found.keys(), ...rules.nights.keys()])].sort()
  return dates.flatMap((date) => {
    const [night, rule] = [found.get(date), rules.nights.get(date)]
    if (!night) return [`the night of ${date} is not on record; expected ${rule?.status ?? ''}`]
    if (!rule) return [`the night of ${date} is on record as ${night.status} and should not be`]
    const is = `${night.status} ${night.trigger} expected=${String(night.expected)} ended=${night.ended} "${night.reason ?? ''}"`
    const isRight =
      night.status === rule.status &&
      rule.triggers.includes(night.trigger) &&
      (rule.reason === null ? night.reason === null : rule.reason.test(night.reason ?? '')) &&
      (rule.expected === null || night.expected === rule.expected) &&
      night.ended === (rule.status !== 'RUNNING' && rule.retryAt === null) &&
      (night.nextTryAt?.getTime() ?? null) === (rule.retryAt?.getTime() ?? null)
    return isRight ? [] : [`the night of ${date} is ${is}; expected ${describe(rule)}`]
  })
}

function describe({ status, triggers, reason, expected, retryAt }: ExpectedNight): string {
  return `${status} ${triggers.join('|')} expected=${String(expected)} ${String(reason)} retry=${retryAt?.toISOString() ?? 'none'}`
}

function outcomeViolations({ outcomes }: Records, rules: Rules, calendar: Calendar): string[] {
  const violations: string[] = []
  const found = new Set<string>()
  for (const outcome of outcomes) {
    const { date, code, recipe, status, errorCode } = outcome
    const name = `${code} ${recipe} in the night of ${date}`
    found.add(key(date, code, recipe))
    const rule = rules.nights.get(date)?.outcomes.get(key(code, recipe))
    if (!rule) {
      violations.push(`${name} has an outcome, ${status}, but must have none`)
      continue
    }
    const fits = status === 'SUCCEEDED' || status === 'ALREADY_ISSUED'
    if (!rule.statuses.includes(status) || (rule.code !== null && errorCode !== rule.code)) {
      violations.push(
        `${name} is ${status} ${errorCode ?? ''}: ${outcome.errorMessage ?? ''}; expected ${rule.statuses.join('|')} ${rule.code ?? ''}`,
      )
    }
    if (!fits && !outcome.errorMessage) violations.push(`${name} is ${status} without a reason`)
    const hasForecast = outcome.forecastTarget !== null
    if (rule.forecast !== 'either' && rule.forecast !== hasForecast) {
      violations.push(`${name} ${hasForecast ? 'has a forecast' : 'has no forecast'}`)
    }
    const isOfNight = outcome.forecastTarget === calendar.nextSession(date) && outcome.forecastCode === code
    if (hasForecast && !isOfNight) violations.push(`${name} has a forecast of another symbol or session`)
    const hasVersion =
      outcome.versionCode === code && outcome.versionRecipe === recipe && outcome.versionLast === date
    if (fits !== hasVersion) violations.push(`${name} is ${status}, and its version is not the one it made`)
  }
  for (const [date, night] of rules.nights) {
    for (const outcome of night.outcomes.keys()) {
      if (!found.has(key(date, outcome))) violations.push(`the night of ${date} has no outcome of ${outcome}`)
    }
  }
  return violations
}

function forecastViolations({ forecasts }: Records, rules: Rules, calendar: Calendar): string[] {
  const violations: string[] = []
  const found = new Set<string>()
  for (const forecast of forecasts) {
    const { code, target, basedOn, createdAt, persistenceClose, actualClose } = forecast
    const name = `the forecast of ${code} for ${target}`
    const of = key(code, target)
    if (found.has(of)) violations.push(`${name} was issued twice`)
    found.add(of)
    const rule = rules.forecasts.get(of)
    if (!rule) {
      violations.push(`${name} should not have been issued`)
      continue
    }
    if (forecast.origin !== 'ISSUED') violations.push(`${name} is a ${forecast.origin}`)
    if (basedOn !== rule.basedOn) violations.push(`${name} is based on ${basedOn} instead of ${rule.basedOn}`)
    if (createdAt >= calendar.sessionOpen(target) || createdAt < calendar.sessionClose(basedOn)) {
      violations.push(`${name} was issued at ${createdAt.toISOString()}`)
    }
    if (persistenceClose !== rule.persistenceClose) {
      violations.push(`${name} has ${persistenceClose} for persistence instead of ${rule.persistenceClose}`)
    }
    if (forecast.servedBy === 'PERSISTENCE' && forecast.predictedClose !== persistenceClose) {
      violations.push(`${name} is served by persistence but has another prediction`)
    }
    if (forecast.persistencePredictions !== 1) {
      violations.push(`${name} has ${forecast.persistencePredictions} predictions of persistence`)
    }
    const actual = rules.stored.get(code)?.get(target)?.close ?? null
    if (actualClose !== actual || forecast.realised !== (actual !== null)) {
      violations.push(
        `${name} has the actual close ${String(actualClose)}, but the bar has ${String(actual)}`,
      )
    }
  }
  for (const [of, { optional }] of rules.forecasts) {
    if (!optional && !found.has(of)) violations.push(`no forecast was issued: ${of}`)
  }
  return violations
}

function barViolations({ bars, revisions }: Records, rules: Rules): string[] {
  const violations: string[] = []
  let expected = 0
  for (const stored of rules.stored.values()) expected += stored.size
  if (bars.length !== expected) violations.push(`${bars.length} bars are stored instead of ${expected}`)
  for (const { code, session, close } of bars) {
    const rule = rules.stored.get(code)?.get(session)?.close
    if (rule !== close)
      violations.push(`the bar of ${code} of ${session} closes at ${close}, not ${String(rule)}`)
  }
  if (revisions !== rules.revisions) {
    violations.push(`${revisions} replaced bars are kept instead of ${rules.revisions}`)
  }
  return violations
}

/** A night with a retry has a waiting job; no other night has one, unless no worker runs. */
function jobViolations({ jobs }: Records, rules: Rules): string[] {
  const waiting = [...rules.nights].flatMap(([date, { status, retryAt }]) =>
    status === 'RUNNING' || retryAt !== null ? [`night:${date}`] : [],
  )
  const violations = jobs.flatMap(({ task, key: name, attempts }) =>
    name !== null && waiting.includes(name)
      ? []
      : [`the queue still has ${task} ${name ?? 'without a key'} (attempt ${attempts})`],
  )
  const queued = jobs.map(({ key: name }) => name)
  const lost = waiting.filter((name) => !queued.includes(name))
  return [...violations, ...lost.map((name) => `the queue has lost ${name}`)]
}
