/** Events: what subscribers are told, kept as rows so that nobody misses any. */

/** Topics whose events have a place among those of their subject, and can be read from any place on. */
export const REPLAYED_TOPICS = ['run', 'backtest'] as const
export type ReplayedTopic = (typeof REPLAYED_TOPICS)[number]

/** Topics that are told to whoever listens at the time. */
export const LIVE_TOPICS = ['bars', 'forecast'] as const
export type LiveTopic = (typeof LIVE_TOPICS)[number]

export function isLive(topic: Topic): topic is LiveTopic {
  return LIVE_TOPICS.some((live) => live === topic)
}

export type Topic = ReplayedTopic | LiveTopic

/** What the topic `bars` tells of a delivery. */
export interface BarsTold {
  readonly ingestionId: number
  /** Of the symbols whose bars it changed; null where they are more than {@link TOLD_CODES}. */
  readonly codes: readonly string[] | null
}

/** Codes that an event lists at most. */
export const TOLD_CODES = 2_000

/** What the topic `forecast` tells, under the symbol's id as its subject, once a forecast has been issued. */
export interface ForecastTold {
  readonly forecastId: string
}

export interface StoredEvent {
  readonly id: number
  readonly topic: Topic
  readonly subject: string
  /** From 1 within the subject; 0 for live topics. */
  readonly seq: number
  readonly payload: unknown
  readonly at: Date
}

export interface NewEvent {
  readonly topic: Topic
  readonly subject: string
  readonly seq?: number
  readonly payload: unknown
  readonly at: Date
}
