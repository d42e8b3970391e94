/**
 * Limits the size of a query. Pages are bounded, but aliases can request a page many times. Depth needs no limit, because
 * no two types of the schema contain each other.
 */
import { GraphQLError, Kind } from 'graphql'
import type { SelectionSetNode, ValidationRule } from 'graphql'

/** A long query has a few hundred tokens. Bars are sent in variables. */
export const MAX_TOKENS = 10_000
/** A dashboard page requests a few dozen fields. */
const MAX_ALIASES = 50

/** Counts the aliases of an operation. Those of a fragment count once for each spread. */
const limitAliases: ValidationRule = (context) => {
  const ofFragments = new Map<string, number>()
  function inFragment(name: string): number {
    const known = ofFragments.get(name)
    if (known !== undefined) return known
    // Another rule refuses a fragment that spreads itself, but this count must end anyway.
    ofFragments.set(name, 0)
    const count = inSelections(context.getFragment(name)?.selectionSet)
    ofFragments.set(name, count)
    return count
  }
  function inSelections(set: SelectionSetNode | undefined): number {
    let count = 0
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) count += inFragment(selection.name.value)
      else count += inSelections(selection.selectionSet)
      if (selection.kind === Kind.FIELD && selection.alias) count += 1
    }
    return count
  }
  return {
    OperationDefinition(operation) {
      const count = inSelections(operation.selectionSet)
      if (count <= MAX_ALIASES) return
      const message = `The operation has ${count} aliases, more than the limit of ${MAX_ALIASES}; split it into several requests`
      context.reportError(new GraphQLError(message, { nodes: operation }))
    },
  }
}

export const QUERY_LIMITS: readonly ValidationRule[] = [limitAliases]
