/** A verification as clients see it. */
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql'
import { VERIFICATION_CHANGES, VERIFICATION_OUTCOMES } from '../../domain/models/verification.js'
import type {
  VerificationChange as ChangeName,
  VerificationOutcome as OutcomeName,
} from '../../domain/models/verification.js'
import { enumOf } from '../enum.js'

export const VerificationOutcome = enumOf(VERIFICATION_OUTCOMES)
registerEnumType(VerificationOutcome, {
  name: 'VerificationOutcome',
  description: 'What came of fitting a version again.',
  valuesConfig: {
    IDENTICAL: { description: 'Every byte came out again.' },
    WITHIN_TOLERANCE: {
      description:
        'The engine promises no bytes; the scaler came out again, and losses and predictions within the tolerance.',
    },
    DIFFERENT: { description: 'Nothing has changed since, and yet it did not come out again.' },
    NOT_COMPARABLE: { description: 'Something has changed since, so no fit was made; see `changes`.' },
  },
})

export const VerificationChange = enumOf(VERIFICATION_CHANGES)
registerEnumType(VerificationChange, {
  name: 'VerificationChange',
  description: 'What keeps a version from being fitted again as it was.',
  valuesConfig: {
    ENGINE_CHANGED: { description: "This program's engine computes other numbers." },
    RECIPE_CHANGED: { description: 'The stored recipe cannot be fitted by this program as it was hashed.' },
    BARS_CHANGED: { description: "The training window's bars are not those that it was fitted to." },
  },
})

@ObjectType({ description: 'A stored version, fitted again and compared.' })
export class Verification {
  @Field(() => ID, { description: 'The version.' })
  modelVersionId!: string

  @Field(() => VerificationOutcome, { description: 'What came of it.' })
  outcome!: OutcomeName

  @Field(() => [VerificationChange], { description: 'What has changed since; all that applies.' })
  changes!: readonly ChangeName[]

  @Field({ description: 'What was compared and what was found, in words.' })
  message!: string

  @Field({ description: 'Content hash of the version as stored.' })
  contentHash!: string

  @Field(() => String, {
    nullable: true,
    description: 'Content hash of the fit made now; null where none was made.',
  })
  refitContentHash!: string | null

  @Field(() => Float, {
    nullable: true,
    description: 'Largest difference allowed; null where bytes were compared.',
  })
  tolerance!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Largest difference found: relative in losses, absolute in scaled predictions; null where bytes were compared, or where something differs that no number measures, as `message` says.',
  })
  largestDifference!: number | null
}
