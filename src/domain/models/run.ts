/** Runs: one execution of a task each, with its outcome. */
import type { VersionOrigin } from './model-version.js'
import type { Session } from '../calendar/session.js'

export const RUN_KINDS = ['RETRAIN'] as const
export type RunKind = (typeof RUN_KINDS)[number]

export const RUN_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

export interface Run {
  readonly id: string
  readonly kind: RunKind
  readonly status: RunStatus
  readonly origin: VersionOrigin
  readonly symbolId: number
  readonly recipeName: string
  readonly seed: number
  readonly asOfSession: Session | null
  /** What executed its fits: chosen once for the run. Null, like the next two, before that. */
  readonly engine: string | null
  readonly device: string | null
  /** Why that engine. */
  readonly engineReason: string | null
  readonly requestedAt: Date
  /** When a worker last began it; null while it is queued. */
  readonly startedAt: Date | null
  /** Null until it has ended, for good or not. */
  readonly finishedAt: Date | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly modelVersionId: string | null
  /** Whether the run made the version, or found it already stored. */
  readonly versionCreated: boolean
  readonly forecastId: string | null
  readonly forecastCreated: boolean
}

export function isFinished({ status }: Pick<Run, 'status'>): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED'
}

/** How far a run has come. */
export interface RunProgress {
  readonly status: RunStatus
  /** Epochs done, over all networks of the version; 0 before the first. */
  readonly epoch: number
  readonly epochs: number
  /** Mean loss of the newest epochs; null before the first. */
  readonly loss: number | null
}
