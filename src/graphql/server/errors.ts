/** Formats errors for clients: a stable code and a message, without internal details. */
import { randomUUID } from 'node:crypto'
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError } from 'graphql'
import type { GraphQLFormattedError } from 'graphql'
import { KospigraphError } from '../../errors.js'
import type { Logger } from '../../logger.js'
import { INVALID_VALUE } from '../scalars.js'

/** Codes of GraphQL and Apollo for requests that they refuse. */
const PROTOCOL_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
])

// Messages of graphql-js for a literal of the wrong type or range. The same value in a variable is already BAD_USER_INPUT.
const BAD_LITERAL = /^(Int|Float|String|Boolean|ID) cannot represent |does not exist in "\w+" enum/

export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError

export function createFormatError(log: Logger): FormatError {
  return (formatted, error) => {
    const { extensions, ...rest } = formatted
    const cause = unwrapResolverError(error)
    if (cause instanceof KospigraphError) return { ...rest, extensions: { code: cause.code } }
    const code =
      isInvalidValue(error) || BAD_LITERAL.test(formatted.message) ? 'BAD_USER_INPUT' : extensions?.['code']
    if (typeof code === 'string' && PROTOCOL_CODES.has(code)) return { ...rest, extensions: { code } }
    // A defect, or an unreachable database: clients get a reference to report, the log gets the details.
    const reference = randomUUID()
    log.error({ err: cause, reference }, 'a request failed')
    const message = `Internal error; look up the details in the log of the server under ${reference}`
    return { ...rest, message, extensions: { code: 'INTERNAL_SERVER_ERROR', reference } }
  }
}

function isInvalidValue(error: unknown): boolean {
  for (let current = error; current instanceof GraphQLError; current = current.originalError) {
    if (current.extensions[INVALID_VALUE] === true) return true
  }
  return false
}
