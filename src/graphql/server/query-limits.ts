/**
 * How much a query may ask for at once: a page is bounded, but aliases can ask for it many times. Depth needs no
 * limit of its own, as no two types of the schema contain each other.
 */
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
import { GraphQLError } from 'graphql'
import type { ValidationContext, ValidationRule } from 'graphql'

/** A long query has some hundreds of tokens; bars belong into variables. */
export const MAX_TOKENS = 10_000
/** One page of a dashboard asks for a few dozen things. */
const MAX_ALIASES = 50

export const QUERY_LIMITS: ValidationRule[] = [
  maxAliasesRule({
    n: MAX_ALIASES,
    // Thrown out of the validation by default, as if the server had failed, and called a syntax error.
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null, { message }: GraphQLError): void => {
        context?.reportError(new GraphQLError(message.replace('Syntax Error: ', '')))
      },
    ],
  }),
]
