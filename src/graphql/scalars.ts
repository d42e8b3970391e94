/** The scalars of the schema. Their errors carry our code and the expected format. */
import { GraphQLError, GraphQLScalarType, Kind, print } from 'graphql'
import type { ValueNode } from 'graphql'
import { GraphQLDateTime, GraphQLLocalDate } from 'graphql-scalars'
import { sanitizeText } from '../domain/sanitize-text.js'
import { isLocalDate } from '../domain/calendar/session.js'

const INTEGER = /^-?\d{1,18}$/
const LARGEST_NUMBER = BigInt(Number.MAX_SAFE_INTEGER)

/** Marks errors about an invalid value; `errors.ts` reports them as BAD_USER_INPUT. */
export const INVALID_VALUE = 'invalidValue'

function invalid(given: string, what: string, node: ValueNode | undefined): GraphQLError {
  const message = `${sanitizeText(given)} is not ${what}`
  // The node adds the position in the query to the error.
  return new GraphQLError(message, { ...(node && { nodes: node }), extensions: { [INVALID_VALUE]: true } })
}

function readDate(value: unknown, node?: ValueNode): string {
  if (typeof value === 'string' && isLocalDate(value)) return value
  throw invalid(node ? print(node) : JSON.stringify(value), 'a date; write it as "YYYY-MM-DD"', node)
}

/** A plain local date. Stricter than the library's scalar: it refuses 30 February. */
export const LocalDate = new GraphQLScalarType({
  ...GraphQLLocalDate.toConfig(),
  description: 'A plain date in Korea, such as a session, written "YYYY-MM-DD".',
  serialize: (value) => value,
  parseValue: (value) => readDate(value),
  parseLiteral: (node) => readDate(node.kind === Kind.STRING ? node.value : undefined, node),
})

export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description: 'An instant in UTC, written as in RFC 3339: "2026-01-05T09:00:00.000Z".',
})

function readInteger(value: unknown, node?: ValueNode): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string' && INTEGER.test(value)) return BigInt(value)
  const what = 'a whole number of at most 18 digits; beyond 2^53 write it as a string'
  throw invalid(node ? print(node) : JSON.stringify(value), what, node)
}

/**
 * Replaces the library's scalar, which warns on first use unless BigInt.prototype is patched for the whole process.
 * Values up to 2^53 are sent as numbers, which JSON readers keep exactly; larger ones are sent as strings.
 */
export const BigIntScalar = new GraphQLScalarType({
  name: 'BigInt',
  description: 'A whole number that may exceed 32 bits, such as a volume. Values beyond 2^53 are strings.',
  serialize: (value) => {
    const integer = readInteger(value)
    return integer <= LARGEST_NUMBER && integer >= -LARGEST_NUMBER ? Number(integer) : String(integer)
  },
  parseValue: (value) => readInteger(value),
  parseLiteral: (node) =>
    readInteger(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined, node),
})
