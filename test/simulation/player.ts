/** Plays the steps of a plan on real processes, kills some at drawn points, and checks the database after each. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Calendar } from '../../src/domain/calendar/calendar.js'
import { addDays, weekday } from '../../src/domain/calendar/session.js'
import type { Session } from '../../src/domain/calendar/session.js'
import type { Generator } from '../../src/ml/generator.js'
import { findLost, findViolations } from './check.js'
import { SCHEDULERS, WORKERS } from './fleet.js'
import type { Fleet, ProcessName } from './fleet.js'
import type { MachineTime } from './machine-time.js'
import { createLedgerActs } from './ledger-acts.js'
import { createLedgerCheck } from './ledger.js'
import type { LedgerRules } from './ledger.js'
import { SWINGING, TROUBLESOME } from './market.js'
import type { Listed } from './market.js'
import { createOperator } from './operator.js'
import type { EveningScene, Step } from './plan.js'
import { createProgress } from './progress.js'
import { readKept, readRecords } from './records.js'
import type { Rules, SmallRecipe } from './rules.js'
import type { ScriptedProvider } from './scripted-provider.js'

export interface PlayerDeps {
  readonly calendar: Calendar
  readonly database: pg.Client
  readonly fleet: Fleet
  readonly generator: Generator
  readonly market: readonly Listed[]
  readonly provider: ScriptedProvider
  readonly recipes: readonly SmallRecipe[]
  readonly rules: Rules
  readonly ledgerRules: LedgerRules
  readonly time: MachineTime
}

export interface Player {
  play(step: Step): Promise<void>
  /** Lets nights that wait for bars retry, as far as that is due before the step. */
  retriesBefore(step: Step | undefined): Promise<void>
  /** Returns the violations since the last call, a sentence each. */
  takeViolations(): string[]
  /** Returns the events beside the plan since the last call, a few words each. */
  takeNotes(): string[]
}

/** Outcomes after which the clock jumps beyond the opening: enough for some forecasts. */
const OPENS_AFTER = 12
const SET_BACK_MS = 5 * 60_000
/** Longer than a scheduler's interval between two looks at the clock. */
const SECOND_LOOK_MS = 6_000
const PAUSED = 'maintenance'
/** Possible triggers of a night: a late request is a catch-up, and so is that of a starting scheduler. */
const TRIGGERS: Readonly<Record<EveningScene, readonly string[]>> = {
  onTime: ['SCHEDULE'],
  setBack: ['SCHEDULE'],
  opens: ['SCHEDULE'],
  jumpsOver: ['CATCH_UP'],
  atTheMoment: ['SCHEDULE', 'CATCH_UP'],
}
const TOLD = {
  setBack: 'clock set back',
  opens: 'clock set beyond the opening',
  jumpsOver: 'clock set over 18:30',
  atTheMoment: 'a scheduler starts at 18:30',
} as const

export function createPlayer(deps: PlayerDeps): Player {
  const { calendar, database, fleet, generator, market, provider, rules, time } = deps
  const progress = createProgress(database, {
    symbols: market.length,
    fits: market.length * deps.recipes.length,
  })
  const violations: string[] = []
  const operator = createOperator(fleet, (violation) => violations.push(violation))
  const acts = createLedgerActs(fleet, (violation) => violations.push(violation))
  const checkLedger = createLedgerCheck(deps.ledgerRules, calendar)
  /** Codes of some plain symbols and of those that swing. */
  const someSymbols = (count: number): string[] => {
    const plain = market.slice(TROUBLESOME).map(({ code }) => code)
    const drawn = Array.from({ length: count - 1 }, () => plain[generator.nextBelow(plain.length)] ?? '')
    return [...new Set([plain.at(-1 - generator.nextBelow(SWINGING)) ?? '', ...drawn])]
  }
  const until = async (isThere: () => boolean | Promise<boolean>): Promise<boolean> =>
    (await progress.until(async () => (await isThere()) || undefined)) === true
  const notes: string[] = []
  let kept: ReadonlyMap<string, number> = new Map()
  let checkedCrashes = 0

  const moment = (date: Session, clock: string): Date => new Date(`${date}T${clock}+09:00`)
  const moveTo = async (to: Date): Promise<void> => {
    if (to > time.now()) await time.set(to)
  }
  const chance = (oneIn: number): boolean => generator.nextBelow(oneIn) === 0
  const alive = <Name extends ProcessName>(names: readonly Name[]): Name[] =>
    names.filter((name) => fleet.isAlive(name))
  /** Of these, the one killed least often, so that all are killed. */
  const leastKilled = <Name extends ProcessName>(names: readonly Name[]): Name | undefined =>
    names.toSorted((a, b) => (fleet.kills.get(a) ?? 0) - (fleet.kills.get(b) ?? 0))[0]

  const check = async (): Promise<void> => {
    const records = await readRecords(database)
    violations.push(...findViolations(records, rules, calendar), ...acts.violations(records))
    violations.push(...checkLedger(records))
    const now = await readKept(database)
    violations.push(...findLost(kept, now))
    kept = now
    violations.push(...fleet.crashes.slice(checkedCrashes))
    checkedCrashes = fleet.crashes.length
  }

  const killWorker = async (point: string, replaced: boolean): Promise<void> => {
    const holders = await progress.until(async () => {
      const names = await fleet.holders()
      return names.length > 0 ? names : undefined
    })
    const name = leastKilled(holders ?? [])
    if (name === undefined) {
      notes.push(`no process left to kill at ${point}`)
      return
    }
    // Replaced before the kill, or after the others have taken over its jobs.
    if (alive(WORKERS).length < 2) await Promise.all(WORKERS.map((one) => fleet.start(one)))
    const killed = await fleet.kill(name)
    notes.push(`kill ${name} at ${point}${killed.jobs.length > 0 ? '' : ' (idle by then)'}`)
    if (replaced) void fleet.start(name).catch((error: unknown) => violations.push(String(error)))
    if (!(await fleet.awaitTakeover(killed))) violations.push(`no worker took over the jobs of ${name}`)
  }
  /** Plays on until only retries are left, with a few kills on the way. */
  const work = async (kills: number, scene?: EveningScene): Promise<void> => {
    if (alive(WORKERS).length === 0) return check()
    const began = time.now()
    const due = rules.dueAt(began)
    const since = await progress.read()
    // Drawn before any wait, so that the draws do not depend on the machine's speed.
    const drawn = Array.from({ length: kills }, () => ({
      share: generator.nextUniform(),
      replaced: chance(2),
    }))
    for (const { share, replaced } of drawn.toSorted((a, b) => a.share - b.share)) {
      const point = await progress.reach(share, since)
      if (point === undefined) break
      await killWorker(point, replaced)
    }
    if (scene === 'setBack') {
      await progress.reachOutcomes(1, since)
      await time.set(new Date(time.now().getTime() - SET_BACK_MS))
    }
    const opens = scene === 'opens'
    if (opens) {
      await progress.reachOutcomes(OPENS_AFTER, since)
      const [date] = due
      if (date !== undefined)
        await time.set(new Date(calendar.sessionOpen(calendar.nextSession(date)).getTime() + 5_000))
    }
    if (!(await progress.settled())) violations.push(`after a minute, ${await progress.describe()}`)
    for (const date of due) {
      rules.worked(date, began, opens)
      if (opens && rules.dueAt(time.now()).includes(date)) rules.worked(date, time.now())
    }
    await Promise.all(WORKERS.map((name) => fleet.start(name)))
    await check()
  }

  const killScheduler = async (): Promise<void> => {
    const name = leastKilled(alive(SCHEDULERS))
    if (name === undefined || alive(SCHEDULERS).length < 2) return
    await fleet.kill(name)
    notes.push(`kill ${name}`)
    await fleet.start(name)
  }

  const evening = async (date: Session, planned: EveningScene): Promise<void> => {
    const day = weekday(date)
    if (day === 0 || day === 6 || alive(SCHEDULERS).length === 0) return
    // A jump would also skip evenings before the opening.
    const scene = planned === 'opens' && calendar.nextSession(date) !== addDays(date, 1) ? 'onTime' : planned
    if (scene === 'atTheMoment') await killScheduler()
    const answers = fleet.answers()
    const known = rules.nights.size
    if (scene === 'atTheMoment') await until(() => time.now() >= moment(date, '18:30:01'))
    else await moveTo(moment(date, scene === 'jumpsOver' ? '18:33:00' : '18:30:01'))
    if (scene !== 'onTime') notes.push(TOLD[scene])
    rules.asked(time.now(), TRIGGERS[scene])
    const isNew = rules.nights.size > known
    const isAsked = async (): Promise<boolean> =>
      isNew ? (await progress.read()).nights >= rules.nights.size : fleet.answers() > answers
    if (!(await until(isAsked))) violations.push(`no scheduler requested the night of ${date}`)
    if (scene !== 'atTheMoment' && chance(2)) await killScheduler()
    await work(scene === 'opens' ? 0 : generator.nextBelow(3), scene)
    if (scene === 'setBack') {
      // Schedulers that saw the earlier clock request again; the others know only that they have requested.
      await moveTo(moment(date, '18:30:05'))
      await sleep(SECOND_LOOK_MS)
      await work(0)
    }
  }

  /** Corrects realised bars of as many symbols, so that the forecasts' actual closes must change. */
  const correct = (symbols: number): void => {
    const plain = market.slice(TROUBLESOME)
    const realised = [...rules.forecasts.keys()]
      .map((of) => of.split(' ') as [string, Session])
      .filter(([of]) => plain.some(({ code }) => code === of))
    const chosen = new Map<string, Session>()
    for (let count = 0; count < symbols && realised.length > 0; count += 1) {
      const [code, target] = realised[generator.nextBelow(realised.length)] ?? []
      if (code !== undefined && target !== undefined && rules.stored.get(code)?.has(target))
        chosen.set(code, target)
    }
    for (const [code, target] of chosen) provider.correct(code, target, 1.004)
    notes.push(`${chosen.size} bars corrected`)
  }

  const retrain = async (symbols: number, seed: number): Promise<void> => {
    const plain = market.slice(TROUBLESOME)
    const codes = Array.from({ length: symbols }, () => plain[generator.nextBelow(plain.length)]?.code ?? '')
    for (const code of new Set(codes)) {
      await operator.sync([code])
      rules.sync(time.now(), [code])
      rules.retrained(time.now(), code)
      await operator.retrain({ code, recipe: deps.recipes[0]?.name ?? '', seed })
      notes.push(`retrain ${code}`)
    }
    await work(0)
  }

  const play = async (step: Step): Promise<void> => {
    if (step.kind !== 'evening' || weekday(step.date) % 6 !== 0) await moveTo(moment(step.date, step.time))
    switch (step.kind) {
      case 'deliver': {
        const late = market.filter(() => generator.nextUniform() < step.lateShare).map(({ code }) => code)
        if (late.length > 0) notes.push(`${late.length} bars late`)
        provider.deliver(step.session, late)
        return
      }
      case 'out':
        notes.push(step.out ? 'provider out' : 'provider back')
        provider.setOut(step.out)
        return
      case 'breakFile':
        if (step.broken) notes.push('a file broken')
        provider.setBroken(market[TROUBLESOME]?.code ?? '', step.broken)
        return
      case 'correct':
        correct(step.symbols)
        return
      case 'evening':
        return evening(step.date, step.scene)
      case 'pause':
        rules.pause(PAUSED)
        notes.push('paused')
        return operator.pause(PAUSED)
      case 'resume':
        rules.pause(null)
        return operator.resume()
      case 'runNow': {
        const runs = rules.runNow(time.now())
        notes.push(runs ? 'runNightNow' : 'runNightNow refused')
        await operator.runNightNow(!runs)
        return work(generator.nextBelow(2))
      }
      case 'retrain':
        return retrain(step.symbols, step.seed)
      case 'sync': {
        const codes = market.map(({ code }) => code)
        await operator.sync(codes)
        rules.sync(time.now(), codes)
        return check()
      }
      case 'pin':
        for (const code of someSymbols(step.symbols))
          notes.push(await acts.pin(code, deps.recipes.at(-1)?.name ?? ''))
        return check()
      case 'rollBack':
        for (const code of someSymbols(step.symbols)) notes.push(await acts.rollBack(code))
        return check()
      case 'stopSchedulers':
        for (const name of alive(SCHEDULERS)) await fleet.kill(name)
        notes.push('kill s1 s2')
        return
      case 'startSchedulers':
        for (const name of SCHEDULERS) await fleet.start(name)
        rules.started(time.now())
        notes.push('schedulers start')
        return work(generator.nextBelow(2))
      case 'stopWorkers':
        for (const name of alive(WORKERS)) await fleet.kill(name)
        notes.push('kill w1 w2 w3')
        return
      case 'startWorkers':
        for (const name of WORKERS) await fleet.start(name)
        notes.push('workers start')
        return work(generator.nextBelow(2))
    }
  }

  return {
    play,
    async retriesBefore(step) {
      for (;;) {
        const times = [...rules.nights.values()].flatMap(({ retryAt }) => (retryAt === null ? [] : [retryAt]))
        const [retryAt] = times.sort((a, b) => a.getTime() - b.getTime())
        if (retryAt === undefined || alive(WORKERS).length === 0) return
        if (step && retryAt >= moment(step.date, step.time)) return
        await moveTo(new Date(retryAt.getTime() + 1_000))
        notes.push('retry')
        await work(chance(3) ? 1 : 0)
      }
    },
    takeViolations: () => violations.splice(0),
    takeNotes: () => notes.splice(0),
  }
}
