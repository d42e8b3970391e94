/** Revisions: the values of a bar before it was corrected or withdrawn. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { flagsOf } from '../../domain/bars/bar.js'
import type { BarFlag as BarFlagName } from '../../domain/bars/bar.js'
import { REVISION_REASONS } from '../../domain/bars/delivery.js'
import type { BarRevision, RevisionReason as ReasonName } from '../../domain/bars/delivery.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import type { RevisionCursor } from '../../services/bars/ingestions.js'
import { BarFlag } from './bar.type.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { readKeyNumber } from '../id.js'
import { PriceBasisFields } from './price-basis.type.js'
import { BigIntScalar, DateTime, LocalDate } from '../scalars.js'

export const RevisionReason = enumOf(REVISION_REASONS)
registerEnumType(RevisionReason, {
  name: 'RevisionReason',
  description: 'Reason why the values of a bar were replaced.',
  valuesConfig: {
    CORRECTED: { description: 'A later delivery had different values for the session.' },
    WITHDRAWN: { description: 'The bar was withdrawn.' },
    REBASED: {
      description:
        'The caller replaced all closes since 2026-09-14 by those of other hours: of 15:30 instead of 20:00, or the reverse.',
    },
    ADJUSTED: { description: 'A back-adjustment multiplied all prices by one ratio, as after a split.' },
  },
})

@ObjectType('BarRevision', { description: 'Former values of a bar, replaced or withdrawn since.' })
export class BarRevisionType extends PriceBasisFields {
  @Field(() => LocalDate, { description: 'Session of the bar.' })
  session!: Session

  @Field(() => Float, { description: 'Opening price before the replacement.' })
  open!: number

  @Field(() => Float, { description: 'Highest price before the replacement.' })
  high!: number

  @Field(() => Float, { description: 'Lowest price before the replacement.' })
  low!: number

  @Field(() => Float, { description: 'Closing price before the replacement.' })
  close!: number

  @Field(() => BigIntScalar, { description: 'Number of shares traded, before the replacement.' })
  volume!: bigint

  @Field({ description: 'Source of the values: a file name, a client name or a provider.' })
  source!: string

  @Field(() => DateTime, { description: 'Time at which the values were stored.' })
  knownAt!: Date

  @Field(() => Int, { description: 'Data version of the symbol that introduced the values.' })
  dataVersion!: number

  @Field(() => RevisionReason, { description: 'Reason for the replacement.' })
  reason!: ReasonName

  @Field({ description: 'Source of the replacement or of the withdrawal.' })
  replacedBy!: string

  @Field(() => DateTime, {
    description: 'Time of the replacement. `bars(asOf:)` returns these values for instants before it.',
  })
  replacedAt!: Date

  @Field(() => Int, { description: 'Data version of the symbol that replaced the values.' })
  replacedVersion!: number

  /** Bit set of `flags`. */
  flagBits!: number

  @Field(() => [BarFlag], { description: 'Quality flags of the former values; empty if there are none.' })
  get flags(): BarFlagName[] {
    return flagsOf(this.flagBits)
  }
}

@ObjectType({ description: 'A revision with its cursor.' })
export class BarRevisionEdge extends edgeType(BarRevisionType) {}

@ObjectType({
  description: 'A page of revisions, ordered by session and then by data version.',
})
export class BarRevisionConnection extends connectionType(BarRevisionEdge) {}

export const barRevisionCursor = cursorCodec<RevisionCursor>(
  'barRevision',
  ({ session, dataVersion }) => [session, String(dataVersion)],
  ([session = '', version]) => {
    const dataVersion = readKeyNumber(version)
    return isLocalDate(session) && dataVersion !== undefined ? { session, dataVersion } : undefined
  },
)

export function toBarRevisionType({ flags, basis, ...revision }: BarRevision): BarRevisionType {
  return Object.assign(new BarRevisionType(), revision, basis, { flagBits: flags })
}
