/** The scalars of the schema: graphql-scalars' own, with errors that carry our code and say the remedy. */
import { GraphQLError, Kind } from 'graphql'
import { GraphQLScalarType } from 'graphql'
import { GraphQLBigInt, GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars'
import { isLocalDate } from '../domain/session.js'

/** Marks errors of reading a value; `errors.ts` turns it into BAD_USER_INPUT wherever the value stood. */
export const INVALID_VALUE = 'invalidValue'

function invalid(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { [INVALID_VALUE]: true } })
}

function readDate(value: unknown): string {
  if (typeof value === 'string' && isLocalDate(value)) return value
  throw invalid(`${JSON.stringify(value)} is not a date; write it as "YYYY-MM-DD"`)
}

/** A plain local date. Stricter than the library's: 30 February is refused. */
export const LocalDate = new GraphQLScalarType({
  ...GraphQLLocalDate.toConfig(),
  description: 'A session or another plain date in Korea, "YYYY-MM-DD"; never an instant.',
  serialize: (value) => value,
  parseValue: readDate,
  parseLiteral: (node) => readDate(node.kind === Kind.STRING ? node.value : undefined),
})

export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description: 'An instant, RFC 3339 in UTC.',
})

export const BigIntScalar = new GraphQLScalarType({
  ...GraphQLBigInt.toConfig(),
  description: 'A whole number that may exceed 32 bits, such as a volume.',
})
