/** The scalars of the schema, with errors that carry our code and say the remedy. */
import { GraphQLError, GraphQLScalarType, Kind, print } from 'graphql'
import type { ValueNode } from 'graphql'
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars'
import { sanitizeText } from '../domain/sanitize-text.js'
import { isLocalDate } from '../domain/calendar/session.js'

const INTEGER = /^-?\d{1,18}$/
const LARGEST_NUMBER = BigInt(Number.MAX_SAFE_INTEGER)

/** Marks errors of reading a value; `errors.ts` turns it into BAD_USER_INPUT wherever the value stood. */
export const INVALID_VALUE = 'invalidValue'

function invalid(given: string, what: string, node: ValueNode | undefined): GraphQLError {
  const message = `${sanitizeText(given)} is not ${what}`
  // The node puts the place in the query into the answer.
  return new GraphQLError(message, { ...(node && { nodes: node }), extensions: { [INVALID_VALUE]: true } })
}

function readDate(value: unknown, node?: ValueNode): string {
  if (typeof value === 'string' && isLocalDate(value)) return value
  throw invalid(node ? print(node) : JSON.stringify(value), 'a date; write it as "YYYY-MM-DD"', node)
}

/** A plain local date. Stricter than the library's: 30 February is refused. */
export const LocalDate = new GraphQLScalarType({
  ...GraphQLLocalDate.toConfig(),
  description: 'A session or another plain date in Korea, "YYYY-MM-DD"; never an instant.',
  serialize: (value) => value,
  parseValue: (value) => readDate(value),
  parseLiteral: (node) => readDate(node.kind === Kind.STRING ? node.value : undefined, node),
})

export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description: 'An instant, RFC 3339 in UTC.',
})

function readInteger(value: unknown, node?: ValueNode): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string' && INTEGER.test(value)) return BigInt(value)
  const what = 'a whole number of at most 18 digits; beyond 2^53 write it as a string'
  throw invalid(node ? print(node) : JSON.stringify(value), what, node)
}

/**
 * Not the library's: that one warns on the first use unless BigInt.prototype is patched for the whole process.
 * Out: a number while JSON readers keep it exact, text beyond.
 */
export const BigIntScalar = new GraphQLScalarType({
  name: 'BigInt',
  description: 'A whole number that may exceed 32 bits, such as a volume; a string beyond 2^53.',
  serialize: (value) => {
    const integer = readInteger(value)
    return integer <= LARGEST_NUMBER && integer >= -LARGEST_NUMBER ? Number(integer) : String(integer)
  },
  parseValue: (value) => readInteger(value),
  parseLiteral: (node) =>
    readInteger(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined, node),
})
