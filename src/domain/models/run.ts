/** Runs: executions of a task, with their outcome. */
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
  /** The engine of its fits, chosen once a run. This and the next two are null until then. */
  readonly engine: string | null
  readonly device: string | null
  /** Why this engine was chosen. */
  readonly engineReason: string | null
  readonly requestedAt: Date
  /** When a worker last claimed it; null while it is queued. */
  readonly startedAt: Date | null
  /** Null until it has succeeded or failed. */
  readonly finishedAt: Date | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly modelVersionId: string | null
  /** Whether the run stored the version; false where an identical one existed. */
  readonly versionCreated: boolean
  readonly forecastId: string | null
  readonly forecastCreated: boolean
}

export function isFinished({ status }: Pick<Run, 'status'>): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED'
}

/** Progress of a run. */
export interface RunProgress {
  readonly status: RunStatus
  /** Finished epochs over all networks of the version. */
  readonly epoch: number
  readonly epochs: number
  /** Mean loss of the newest epochs; null before the first. */
  readonly loss: number | null
}
