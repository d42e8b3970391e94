/** What was known of a bar before it was corrected or withdrawn. */
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
import { BigIntScalar, DateTime, LocalDate } from '../scalars.js'

export const RevisionReason = enumOf(REVISION_REASONS)
registerEnumType(RevisionReason, {
  name: 'RevisionReason',
  description: 'Why values of a bar are no longer what is known.',
  valuesConfig: {
    CORRECTED: { description: 'A later delivery had a different bar for the session.' },
    WITHDRAWN: { description: 'The bar was taken back.' },
    ADJUSTED: { description: 'All prices were multiplied by one ratio, as after a split.' },
  },
})

@ObjectType('BarRevision', { description: 'Values of a bar that were replaced or withdrawn.' })
export class BarRevisionType {
  @Field(() => LocalDate, { description: 'The session.' })
  session!: Session

  @Field(() => Float, { description: 'First price, as it was known.' })
  open!: number

  @Field(() => Float, { description: 'Highest price, as it was known.' })
  high!: number

  @Field(() => Float, { description: 'Lowest price, as it was known.' })
  low!: number

  @Field(() => Float, { description: 'Last price, as it was known.' })
  close!: number

  @Field(() => BigIntScalar, { description: 'Shares traded, as it was known.' })
  volume!: bigint

  @Field({ description: 'Where the values had come from.' })
  source!: string

  @Field(() => DateTime, { description: 'When the platform had come to know them.' })
  knownAt!: Date

  @Field(() => Int, { description: "The symbol's data version that they had come with." })
  dataVersion!: number

  @Field(() => RevisionReason, { description: 'Why they are no longer what is known.' })
  reason!: ReasonName

  @Field({ description: 'Where what replaced them, or the withdrawal, came from.' })
  replacedBy!: string

  @Field(() => DateTime, { description: 'The first instant as of which they are no longer what is known.' })
  replacedAt!: Date

  @Field(() => Int, { description: 'The first data version under which they are no longer what is known.' })
  replacedVersion!: number

  /** Bit set; see `flags`. */
  flagBits!: number

  @Field(() => [BarFlag], { description: 'What was unusual about the bar.' })
  get flags(): BarFlagName[] {
    return flagsOf(this.flagBits)
  }
}

@ObjectType({ description: 'A revision in a list.' })
export class BarRevisionEdge extends edgeType(BarRevisionType) {}

@ObjectType({
  description: 'A page of revisions, by session, and of one session in the order they were known.',
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

export function toBarRevisionType({ flags, ...revision }: BarRevision): BarRevisionType {
  return Object.assign(new BarRevisionType(), revision, { flagBits: flags })
}
