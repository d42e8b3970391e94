/** Plays the steps of a plan on real processes, kills some of them at drawn points, and checks the database after each. */
import type pg from 'pg'
import type { Calendar } from '../../src/domain/calendar.js'
import { addDays, weekday } from '../../src/domain/session.js'
import type { Session } from '../../src/domain/session.js'
import type { Generator } from '../../src/ml/generator.js'
import { findLost, findViolations } from './check.js'
import { SCHEDULERS, WORKERS } from './fleet.js'
import type { Fleet, ProcessName } from './fleet.js'
import type { MachineTime } from './machine-time.js'
import type { Listed } from './market.js'
import type { EveningScene, Step } from './plan.js'
import { createProgress } from './progress.js'
import { readKept, readRecords } from './records.js'
import type { Rules } from './rules.js'
import type { ScriptedProvider } from './scripted-provider.js'

export interface PlayerDeps {
  readonly calendar: Calendar
  readonly database: pg.Client
  readonly fleet: Fleet
  readonly generator: Generator
  readonly market: readonly Listed[]
  readonly provider: ScriptedProvider
  readonly recipe: string
  readonly rules: Rules
  readonly time: MachineTime
}

export interface Player {
  play(step: Step): Promise<void>
  /** Nights that wait for their bars look again, as far as that is before the step. */
  retriesBefore(step: Step | undefined): Promise<void>
  /** What was not as it must be since this was asked last, a sentence each. */
  takeViolations(): string[]
  /** What happened beside the plan since this was asked last, in a few words each. */
  takeNotes(): string[]
}

/** Outcomes after which the clock jumps beyond the opening: enough that some symbols have their forecast. */
const OPENS_AFTER = 12
const SET_BACK_MS = 5 * 60_000

export function createPlayer(deps: PlayerDeps): Player {
  const { calendar, database, fleet, generator, market, provider, rules, time } = deps
  const progress = createProgress(database)
  const violations: string[] = []
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
  /** Of these, the one that has been killed least, so that every one is hit. */
  const leastKilled = <Name extends ProcessName>(names: readonly Name[]): Name | undefined =>
    names.toSorted((a, b) => (fleet.kills.get(a) ?? 0) - (fleet.kills.get(b) ?? 0))[0]

  const check = async (): Promise<void> => {
    violations.push(...findViolations(await readRecords(database), rules, calendar))
    const now = await readKept(database)
    violations.push(...findLost(kept, now))
    kept = now
    violations.push(...fleet.crashes.slice(checkedCrashes))
    checkedCrashes = fleet.crashes.length
  }

  const killWorker = async (point: string): Promise<void> => {
    const holders = await progress.until(async () => {
      const names = await fleet.holders()
      return names.length > 0 ? names : undefined
    })
    const name = leastKilled(holders ?? [])
    if (name === undefined) {
      notes.push(`nothing left to kill at ${point}`)
      return
    }
    // Its place is taken before it goes, or after its jobs have been taken over by those that are there.
    if (alive(WORKERS).length < 2) await Promise.all(WORKERS.map((one) => fleet.start(one)))
    const killed = await fleet.kill(name)
    notes.push(`kill ${name} at ${point}${killed.jobs.length > 0 ? '' : ' (idle by then)'}`)
    if (chance(2)) void fleet.start(name).catch((error: unknown) => violations.push(String(error)))
    await fleet.awaitTakeover(killed)
  }
  /** Until nothing is left to do but to wait for a retry; with a few kills on the way. */
  const work = async (kills: number, scene?: EveningScene): Promise<void> => {
    if (alive(WORKERS).length === 0) return check()
    const began = time.now()
    const due = rules.dueAt(began)
    const since = await progress.read()
    const points = Array.from({ length: kills }, () => generator.nextUniform()).sort()
    for (const share of points) {
      const point = await progress.reach(share, since)
      if (point === undefined) break
      await killWorker(point)
    }
    if (scene === 'setBack') {
      await progress.reachOutcomes(1, since)
      await time.set(new Date(time.now().getTime() - SET_BACK_MS))
      notes.push('clock set back')
    }
    const opens = scene === 'opens'
    if (opens) {
      await progress.reachOutcomes(OPENS_AFTER, since)
      const [date] = due
      if (date !== undefined)
        await time.set(new Date(calendar.sessionOpen(calendar.nextSession(date)).getTime() + 5_000))
      notes.push('clock set beyond the opening')
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

  const evening = async (date: Session, scene: EveningScene): Promise<void> => {
    const day = weekday(date)
    if (day === 0 || day === 6 || alive(SCHEDULERS).length === 0) return
    const isOpening = calendar.isSession(date) && calendar.nextSession(date) === addDays(date, 1)
    const played = scene === 'opens' && !isOpening ? 'onTime' : scene
    if (played === 'atTheMoment') await killScheduler()
    const answers = fleet.answers()
    const known = rules.nights.size
    const startedLate = played === 'atTheMoment'
    if (played === 'jumpsOver') await time.set(moment(date, '18:33:00'))
    else if (startedLate)
      await progress.until(() => Promise.resolve(time.now() >= moment(date, '18:30:01') || undefined))
    else await moveTo(moment(date, '18:30:01'))
    const triggers = { onTime: ['SCHEDULE'], jumpsOver: ['CATCH_UP'], atTheMoment: ['SCHEDULE', 'CATCH_UP'] }
    const isFirst = known === 0
    rules.asked(
      time.now(),
      isFirst ? ['SCHEDULE'] : played in triggers ? triggers[played as 'onTime'] : ['SCHEDULE'],
    )
    const isNew = rules.nights.size > known
    const done = await progress.until(async () => {
      const isAsked = isNew ? (await progress.read()).nights >= rules.nights.size : fleet.answers() > answers
      return isAsked || undefined
    })
    if (!done) violations.push(`no scheduler asked for the night of ${date}`)
    if (played !== 'atTheMoment' && chance(2)) await killScheduler()
    await work(played === 'opens' ? 0 : generator.nextBelow(3), played)
    if (played === 'setBack') {
      const before = fleet.answers()
      await moveTo(moment(date, '18:30:05'))
      if (!(await progress.until(() => Promise.resolve(fleet.answers() > before || undefined)))) {
        violations.push(`no scheduler asked again after the clock of ${date} had been set back`)
      }
      await work(0)
    }
  }

  const mutate = async (mutation: string, refused = false): Promise<void> => {
    const { errors = [] } = await fleet.ask(`mutation { ${mutation} }`)
    const isRefused = errors.some(({ extensions }) => extensions?.code === 'BAD_USER_INPUT')
    if (refused ? isRefused : errors.length === 0) return
    const said = errors.map(({ message }) => message).join('; ')
    violations.push(`${mutation} ${refused ? 'should have been refused' : 'was refused'}: ${said}`)
  }

  const retrain = async (symbols: number, seed: number): Promise<void> => {
    if (!calendar.isSession(koreanDate(time.now()))) return
    const plain = market.slice(4)
    const codes = Array.from({ length: symbols }, () => plain[generator.nextBelow(plain.length)]?.code ?? '')
    for (const code of new Set(codes)) {
      await mutate(`syncBars(symbols: ["${code}"]) { symbols { code } }`)
      rules.sync(time.now(), [code])
      rules.retrained(time.now(), code)
      await mutate(
        `retrain(input: { symbol: "${code}", recipe: "${deps.recipe}", seed: ${seed}, waitSeconds: 60 }) { status }`,
      )
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
        provider.setBroken(market[5]?.code ?? '', step.broken)
        return
      case 'correct': {
        const date = calendar.previousSession(step.date)
        for (let count = 0; count < step.symbols; count += 1) {
          const symbol = market[4 + generator.nextBelow(market.length - 4)]
          if (symbol) provider.correct(symbol.code, date, 1.004)
        }
        notes.push('correction')
        return
      }
      case 'evening':
        return evening(step.date, step.scene)
      case 'pause':
        rules.pause('maintenance')
        notes.push('paused')
        return mutate('pauseSchedule(reason: "maintenance") { paused }')
      case 'resume':
        rules.pause(null)
        return mutate('resumeSchedule { paused }')
      case 'runNow': {
        const runs = rules.runNow(time.now())
        notes.push(runs ? 'runNightNow' : 'runNightNow refused')
        await mutate('runNightNow { date }', !runs)
        return work(generator.nextBelow(2))
      }
      case 'retrain':
        return retrain(step.symbols, step.seed)
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

function koreanDate(now: Date): Session {
  return new Date(now.getTime() + 9 * 3_600_000).toISOString().slice(0, 10) as Session
}
