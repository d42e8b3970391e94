/**
 * How much a query may ask for at once: a page is bounded, but aliases can ask for it many times. Depth needs no
 * limit of its own, as no two types of the schema contain each other.
 */
import { GraphQLError, Kind } from 'graphql'
import type { SelectionSetNode, ValidationRule } from 'graphql'

/** A long query has some hundreds of tokens; bars belong into variables. */
export const MAX_TOKENS = 10_000
/** One page of a dashboard asks for a few dozen things. */
const MAX_ALIASES = 50

/** Counts the aliases of an operation, those of a fragment once for each place that spreads it. */
const limitAliases: ValidationRule = (context) => {
  const ofFragments = new Map<string, number>()
  function inFragment(name: string): number {
    const known = ofFragments.get(name)
    if (known !== undefined) return known
    // A fragment that spreads itself is refused by another rule; until then the count must end.
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
