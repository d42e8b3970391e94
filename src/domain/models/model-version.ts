/** Model versions: the results of fits, immutable once stored except for `adjustedVersion`. */
import type { Session } from '../calendar/session.js'

export const VERSION_ORIGINS = ['SAMPLE', 'MANUAL', 'NIGHT'] as const
export type VersionOrigin = (typeof VERSION_ORIGINS)[number]

/** One fitted network; an ensemble has several. */
export interface ModelMember {
  readonly ordinal: number
  readonly seed: number
  /** All parameters as little-endian float32. */
  readonly weights: Uint8Array
  /** Mean loss of every epoch. */
  readonly losses: readonly number[]
}

/** A fitted scaler as plain data, see `ml/fit/scaler.ts`. Columns are the features, then the label. */
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

/** Errors of a fit on its own training samples; they are no measure of unseen sessions. */
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
  /** The session of the night that made it; null for the sample market and for retrains by hand. */
  readonly night: Session | null
  readonly contentHash: string
  readonly durationMs: number
}

export interface ModelVersion extends NewModelVersion {
  readonly id: string
  readonly symbolId: number
  readonly number: number
  readonly createdAt: Date
  /** The first data version whose back-adjustment changed prices that it was fitted on; null where none did. */
  readonly adjustedVersion: number | null
}

/** The fields that identify a fit: with equal ones, `wasm` gives equal content. */
export type VersionKey = Pick<NewModelVersion, 'recipeHash' | 'fingerprint' | 'seed' | 'engineVersion'>
