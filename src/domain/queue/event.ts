/** Events for subscribers, stored as rows so that none is lost. */

/** Topics whose events are numbered within their subject (`seq`) and can be read from any number on. */
export const REPLAYED_TOPICS = ['run', 'backtest'] as const
export type ReplayedTopic = (typeof REPLAYED_TOPICS)[number]

/** Topics that reach only the subscribers connected at the time. */
export const LIVE_TOPICS = ['bars', 'forecast'] as const
export type LiveTopic = (typeof LIVE_TOPICS)[number]

export function isLive(topic: Topic): topic is LiveTopic {
  return LIVE_TOPICS.some((live) => live === topic)
}

export type Topic = ReplayedTopic | LiveTopic

/** Payload of the topic `bars`: a delivery that changed bars. */
export interface BarsTold {
  readonly ingestionId: number
  /** Codes of the changed symbols; null where there are more than {@link TOLD_CODES}. */
  readonly codes: readonly string[] | null
}

/** Most codes that an event lists. */
export const TOLD_CODES = 2_000

/** Payload of the topic `forecast`: an issued forecast. The subject is the symbol's id. */
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
