/** Events: what subscribers are told, kept as rows so that nobody misses any. */

/** Topics whose events have a place among those of their subject, and can be read from any place on. */
export const REPLAYED_TOPICS = ['run'] as const
export type ReplayedTopic = (typeof REPLAYED_TOPICS)[number]

/** Topics that are told to whoever listens at the time. */
export const LIVE_TOPICS = ['bars', 'forecast'] as const
export type LiveTopic = (typeof LIVE_TOPICS)[number]

export type Topic = ReplayedTopic | LiveTopic

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
