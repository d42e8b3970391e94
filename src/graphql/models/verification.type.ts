/** The GraphQL types of the verification of a model version. */
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
  description: 'Outcome of fitting a model version again.',
  valuesConfig: {
    IDENTICAL: { description: 'The fit reproduced every byte.' },
    WITHIN_TOLERANCE: {
      description:
        'The engine does not guarantee equal bytes. The scaler is equal, and losses and predictions agree within the tolerance.',
    },
    DIFFERENT: { description: 'The fit did not reproduce the version, although nothing has changed since.' },
    NOT_COMPARABLE: {
      description: 'Something has changed since the original fit, so no fit was made. `changes` lists it.',
    },
  },
})

export const VerificationChange = enumOf(VERIFICATION_CHANGES)
registerEnumType(VerificationChange, {
  name: 'VerificationChange',
  description: 'Change that prevents an identical fit.',
  valuesConfig: {
    ENGINE_CHANGED: { description: 'The current engine has another version, so its results differ.' },
    RECIPE_CHANGED: {
      description: 'The stored recipe does not match its hash, or this program cannot fit it.',
    },
    BARS_CHANGED: { description: 'The bars of the training window have changed.' },
  },
})

@ObjectType({ description: 'Result of fitting a stored model version again and comparing.' })
export class Verification {
  @Field(() => ID, { description: 'Id of the model version.' })
  modelVersionId!: string

  @Field(() => VerificationOutcome, { description: 'Outcome of the verification.' })
  outcome!: OutcomeName

  @Field(() => [VerificationChange], {
    description: 'All changes that prevent an identical fit; empty if there are none.',
  })
  changes!: readonly ChangeName[]

  @Field({ description: 'Sentence that describes the comparison and its result.' })
  message!: string

  @Field({ description: 'Content hash of the stored version.' })
  contentHash!: string

  @Field(() => String, {
    nullable: true,
    description: 'Content hash of the new fit; null if no fit was made.',
  })
  refitContentHash!: string | null

  @Field(() => Float, {
    nullable: true,
    description: 'Largest allowed difference; null if bytes were compared.',
  })
  tolerance!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Largest difference: relative for losses, absolute for scaled predictions. Null if bytes were compared, or if `message` names a difference without a size.',
  })
  largestDifference!: number | null
}
