/** Model versions: what fits produced. Never changed once stored. */
import type { Session } from '../calendar/session.js'

export const VERSION_ORIGINS = ['SAMPLE', 'MANUAL', 'NIGHT'] as const
export type VersionOrigin = (typeof VERSION_ORIGINS)[number]

/** One fitted network; an ensemble has several. */
export interface ModelMember {
  readonly ordinal: number
  readonly seed: number
  /** All parameters, little-endian float32. */
  readonly weights: Uint8Array
  /** Mean loss of every epoch. */
  readonly losses: readonly number[]
}

/** Column-wise scaling as plain data, see `ml/scaler.ts`; the columns are the features, then the label. */
export type StoredScaler =
  | {
      readonly kind: 'minMax'
      readonly columns: readonly string[]
      readonly min: readonly number[]
      readonly max: readonly number[]
    }
  | {
      readonly kind: 'standard'
      readonly columns: readonly string[]
      readonly mean: readonly number[]
      readonly std: readonly number[]
    }

/** How the fit did on the samples it was trained on; says nothing about unseen sessions. */
export interface TrainingMetrics {
  readonly finalLoss: number
  /** In the symbol's currency, like {@link mae} and {@link persistenceRmse}. */
  readonly rmse: number
  readonly mae: number
  readonly persistenceRmse: number
  /** 1 − rmse / persistenceRmse. */
  readonly skill: number
  readonly saturatedShare: number
}

export interface NewModelVersion {
  readonly recipeName: string
  readonly recipeHash: string
  readonly dataVersion: number
  readonly windowFirst: Session
  readonly windowLast: Session
  readonly barCount: number
  readonly sampleCount: number
  readonly fingerprint: string
  readonly seed: number
  readonly scaler: StoredScaler
  readonly metrics: TrainingMetrics
  readonly members: readonly ModelMember[]
  readonly engine: string
  readonly engineVersion: string
  readonly device: string
  readonly origin: VersionOrigin
  /** The session of the night that made it; null for those that somebody asked for. */
  readonly night: Session | null
  readonly contentHash: string
  readonly durationMs: number
}

export interface ModelVersion extends NewModelVersion {
  readonly id: string
  readonly symbolId: number
  readonly number: number
  readonly createdAt: Date
  /** The data version whose back-adjustment changed prices that it had seen; null where none has. */
  readonly adjustedVersion: number | null
}

/** What makes two fits the same fit. */
export type VersionKey = Pick<NewModelVersion, 'recipeHash' | 'fingerprint' | 'seed' | 'engineVersion'>
