/**
 * The simulation's plan, day by day, drawn from a seed. Every weekday gets one of the scenes below, so that every
 * rule of the night is exercised repeatedly. The player draws the kills.
 */
import type { Calendar } from '../../src/domain/calendar/calendar.js'
import { addDays, weekday } from '../../src/domain/calendar/session.js'
import type { Session } from '../../src/domain/calendar/session.js'
import type { Generator } from '../../src/ml/generator.js'

export type Step = { readonly date: Session; /** `HH:MM:SS` in Korea. */ readonly time: string } & Happening

export type Happening =
  /** The session's bars arrive, except those of a share of the symbols. */
  | { readonly kind: 'deliver'; readonly session: Session; readonly lateShare: number }
  | { readonly kind: 'out'; readonly out: boolean }
  | { readonly kind: 'breakFile'; readonly broken: boolean }
  | { readonly kind: 'correct'; readonly symbols: number }
  /** The schedule's moment. */
  | { readonly kind: 'evening'; readonly scene: EveningScene }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'runNow' }
  | { readonly kind: 'sync' }
  | { readonly kind: 'retrain'; readonly symbols: number; readonly seed: number }
  /** An operator pins versions of some symbols, or rolls the last decisions about them back. */
  | { readonly kind: 'pin'; readonly symbols: number }
  | { readonly kind: 'rollBack'; readonly symbols: number }
  | { readonly kind: 'stopSchedulers' }
  | { readonly kind: 'startSchedulers' }
  | { readonly kind: 'stopWorkers' }
  | { readonly kind: 'startWorkers' }

/**
 * `onTime`: the clock passes 18:30. `atTheMoment`: a scheduler is killed before it and starts again in that minute.
 * `jumpsOver`: the clock is set from before to after it. `setBack`: during the night, so that the moment comes twice.
 * `opens`: during the night, beyond the opening of its target.
 */
export type EveningScene = 'onTime' | 'atTheMoment' | 'jumpsOver' | 'setBack' | 'opens'

type Scene = (day: Day) => {
  readonly steps: readonly Step[]
  /** Days that it takes. */ readonly days?: number
}

interface Day {
  readonly date: Session
  readonly generator: Generator
  readonly calendar: Calendar
}

const at = (date: Session, time: string, happening: Happening): Step => ({ date, time, ...happening })
const next = (date: Session): Session => addDays(date, 1)
const bars = (date: Session, time = '16:00:00', lateShare = 0): Step =>
  at(date, time, { kind: 'deliver', session: date, lateShare })
const rest = (date: Session, on: Session, time: string): Step =>
  at(on, time, { kind: 'deliver', session: date, lateShare: 0 })
const evening = (date: Session, scene: EveningScene = 'onTime'): Step =>
  at(date, scene === 'jumpsOver' ? '18:28:00' : '18:29:57', { kind: 'evening', scene })
/** All symbols in a third of the cases, else some of them. */
const lateShare = ({ generator }: Day): number => (generator.nextBelow(3) === 0 ? 1 : generator.nextUniform())

const SCENES: readonly Scene[] = [
  ({ date }) => ({ steps: [bars(date), evening(date)] }),
  ({ date }) => ({ steps: [bars(date), evening(date, 'atTheMoment')] }),
  ({ date }) => ({ steps: [bars(date), evening(date, 'jumpsOver')] }),
  ({ date }) => ({ steps: [bars(date), evening(date, 'setBack')] }),
  ({ date }) => ({ steps: [bars(date), evening(date, 'opens')] }),
  // Bars come late: for the first retry, for the second, or for neither.
  (day) => {
    const { date } = day
    return { steps: [bars(date, '16:00:00', lateShare(day)), evening(date), rest(date, date, '19:00:00')] }
  },
  (day) => {
    const { date } = day
    return {
      steps: [bars(date, '16:00:00', lateShare(day)), evening(date), rest(date, next(date), '06:30:00')],
    }
  },
  (day) => {
    const { date } = day
    return {
      steps: [bars(date, '16:00:00', lateShare(day)), evening(date), rest(date, next(date), '10:00:00')],
    }
  },
  ({ date }) => ({
    steps: [
      ...[bars(date), at(date, '17:00:00', { kind: 'out', out: true }), evening(date)],
      at(date, '19:00:00', { kind: 'out', out: false }),
    ],
  }),
  ({ date }) => ({
    steps: [
      ...[at(date, '15:40:00', { kind: 'breakFile', broken: true }), bars(date), evening(date)],
      at(next(date), '10:00:00', { kind: 'breakFile', broken: false }),
    ],
  }),
  ({ date, generator }) => ({
    steps: [
      bars(date),
      at(date, '16:30:00', { kind: 'correct', symbols: 1 + generator.nextBelow(8) }),
      evening(date),
    ],
  }),
  // Paused, but an operator runs the night.
  ({ date, generator }) => ({
    steps: [
      ...[bars(date), at(date, '17:00:00', { kind: 'pause' }), evening(date)],
      ...(generator.nextBelow(2) === 0
        ? [at(date, '21:00:00', { kind: 'resume' }), at(date, '21:05:00', { kind: 'runNow' })]
        : [at(date, '21:00:00', { kind: 'runNow' }), at(next(date), '08:00:00', { kind: 'resume' })]),
    ],
  }),
  // Paused, and the operator resumes too late.
  ({ date }) => ({
    steps: [
      ...[bars(date), at(date, '17:00:00', { kind: 'pause' }), evening(date)],
      ...[at(next(date), '11:00:00', { kind: 'resume' }), at(next(date), '11:05:00', { kind: 'runNow' })],
    ],
  }),
  ({ date }) => ({ steps: [bars(date), at(date, '16:10:00', { kind: 'runNow' }), evening(date)] }),
  // An operator runs the night before its retry.
  ({ date }) => ({
    steps: [
      ...[bars(date, '16:00:00', 0.4), evening(date), rest(date, date, '19:00:00')],
      ...[at(date, '19:10:00', { kind: 'runNow' }), at(date, '22:00:00', { kind: 'runNow' })],
    ],
  }),
  ({ date, generator }) => ({
    steps: [
      bars(date),
      at(date, '17:00:00', { kind: 'retrain', symbols: 2, seed: generator.nextBelow(2) }),
      evening(date),
    ],
  }),
  // An operator pins versions, and rolls that back some days later.
  ({ date, generator }) => ({
    steps: [
      ...[
        bars(date),
        at(date, '17:00:00', { kind: 'pin', symbols: 2 + generator.nextBelow(3) }),
        evening(date),
      ],
      at(addDays(date, 3), '12:00:00', { kind: 'rollBack', symbols: 4 }),
    ],
  }),
  // Pinned and rolled back while the night runs.
  ({ date }) => ({
    steps: [
      ...[bars(date), evening(date), at(date, '21:00:00', { kind: 'pin', symbols: 3 })],
      ...[
        at(date, '21:10:00', { kind: 'pin', symbols: 3 }),
        at(next(date), '05:00:00', { kind: 'rollBack', symbols: 2 }),
      ],
    ],
  }),
  // No scheduler for a while; back in the evening, in the morning, or after the next session has opened.
  ({ date, generator }) => {
    const days = 2 + generator.nextBelow(2)
    const last = addDays(date, days - 1)
    const back = generator.nextBelow(3)
    const dates = Array.from({ length: days }, (_, more) => addDays(date, more))
    return {
      days: back === 0 ? days : days + 1,
      steps: [
        at(date, '17:00:00', { kind: 'stopSchedulers' }),
        ...dates.map((one) => bars(one)),
        ...(back === 0 ? [at(last, '22:00:00', { kind: 'startSchedulers' })] : []),
        ...(back === 1 ? [at(next(last), '06:00:00', { kind: 'startSchedulers' })] : []),
        ...(back === 2 ? [at(next(last), '11:00:00', { kind: 'startSchedulers' })] : []),
        ...(back === 0 ? [] : [bars(next(last)), evening(next(last))]),
      ],
    }
  },
  // No scheduler, only an operator.
  ({ date }) => ({
    days: 2,
    steps: [
      ...[at(date, '17:00:00', { kind: 'stopSchedulers' }), bars(date), bars(next(date))],
      ...[
        at(next(date), '19:00:00', { kind: 'runNow' }),
        at(next(date), '23:00:00', { kind: 'startSchedulers' }),
      ],
    ],
  }),
  // No worker, until late or until too late.
  ({ date }) => ({
    steps: [
      ...[bars(date), at(date, '18:00:00', { kind: 'stopWorkers' }), evening(date)],
      at(date, '22:00:00', { kind: 'startWorkers' }),
    ],
  }),
  ({ date }) => ({
    steps: [
      ...[bars(date), at(date, '17:30:00', { kind: 'sync' })],
      ...[at(date, '18:00:00', { kind: 'stopWorkers' }), evening(date)],
      at(next(date), '11:00:00', { kind: 'startWorkers' }),
    ],
  }),
]

/** Steps in their order. */
export function makePlan(
  calendar: Calendar,
  {
    generator,
    first,
    last,
  }: { readonly generator: Generator; readonly first: Session; readonly last: Session },
): Step[] {
  const steps: Step[] = []
  let deck: Scene[] = []
  for (let date = first; date <= last;) {
    const isWeekend = weekday(date) === 0 || weekday(date) === 6
    if (isWeekend) {
      date = next(date)
      continue
    }
    if (!calendar.isSession(date)) {
      steps.push(evening(date))
      date = next(date)
      continue
    }
    if (deck.length === 0) deck = shuffled(SCENES, generator)
    // The first night finds an empty database.
    const scene = steps.length === 0 ? SCENES[0] : deck.pop()
    const played = scene?.({ date, generator, calendar })
    const until = addDays(date, played?.days ?? 1)
    steps.push(...(played?.steps ?? []))
    date = until
  }
  return steps.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

function key({ date, time }: Step): string {
  return `${date} ${time}`
}

function shuffled<Item>(items: readonly Item[], generator: Generator): Item[] {
  const all = [...items]
  for (let left = all.length; left > 1; left -= 1) {
    const chosen = generator.nextBelow(left)
    ;[all[left - 1], all[chosen]] = [all[chosen], all[left - 1]] as [Item, Item]
  }
  return all
}
