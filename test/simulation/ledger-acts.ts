/** An operator's pins and rollbacks, and the checks that the ledger records them. */
import type { Fleet } from './fleet.js'
import type { Records } from './records.js'

export interface LedgerActs {
  /**
   * Pins the newest version of a recipe that is not pinned yet.
   * @returns a short description of what was done
   */
  pin(code: string, recipe: string): Promise<string>
  /** Rolls the last decision back; where there is none, this must be refused. */
  rollBack(code: string): Promise<string>
  /** Returns acts that were accepted but not recorded, and the reverse. */
  violations(records: Records): string[]
}

interface Entry {
  readonly number: number
  readonly kind: string
  readonly restores: number | null
}

export function createLedgerActs(fleet: Fleet, complain: (violation: string) => void): LedgerActs {
  const accepted = { PIN: 0, ROLLBACK: 0 }
  const ask = async <Data>(document: string): Promise<Data> => {
    const { data, errors = [] } = await fleet.ask(document)
    for (const { message } of errors) complain(`${document}: ${message}`)
    return data as Data
  }
  const mutate = async (mutation: string, refused: boolean): Promise<boolean> => {
    const { errors = [] } = await fleet.ask(`mutation { ${mutation} }`)
    const isRefused = errors.some(({ extensions }) => extensions?.code === 'BAD_USER_INPUT')
    if (refused ? !isRefused : errors.length > 0) {
      complain(
        `${mutation} ${refused ? 'should have been refused' : 'was refused'}: ${JSON.stringify(errors)}`,
      )
    }
    return !refused
  }
  return {
    async pin(code, recipe) {
      const { modelVersions, champion } = await ask<{
        modelVersions: { edges: readonly { node: { id: string } }[] }
        champion: { pinnedVersion: { id: string } | null }
      }>(
        `{ modelVersions(symbol: "${code}", recipe: "${recipe}", first: 1) { edges { node { id } } }
           champion(symbol: "${code}") { pinnedVersion { id } } }`,
      )
      const id = modelVersions.edges[0]?.node.id
      if (id === undefined) return `nothing of ${code} to pin`
      const isPinned = champion.pinnedVersion?.id === id
      const mutation = `promoteModelVersion(id: "${id}", reason: "an audit") { number }`
      if (await mutate(mutation, isPinned)) accepted.PIN += 1
      return isPinned ? `pin of ${code} refused` : `pin ${code}`
    },
    async rollBack(code) {
      const { promotions } = await ask<{ promotions: { edges: readonly { node: Entry }[] } }>(
        `{ promotions(symbol: "${code}") { edges { node { number kind restores } } } }`,
      )
      const entries = promotions.edges.map(({ node }) => node)
      const [newest] = entries
      const standing = newest?.kind === 'ROLLBACK' ? newest.restores : (newest?.number ?? null)
      const kind = entries.find(({ number }) => number === standing)?.kind
      const refused = kind === undefined || kind === 'GIVE_WAY'
      const mutation = `rollbackPromotion(symbol: "${code}", reason: "the audit is over") { number }`
      if (await mutate(mutation, refused)) accepted.ROLLBACK += 1
      return refused ? `rollback of ${code} refused` : `rollback of ${code}`
    },
    violations({ promotions }) {
      return (['PIN', 'ROLLBACK'] as const).flatMap((kind) => {
        const count = promotions.filter((entry) => entry.kind === kind).length
        return count === accepted[kind] ? [] : [`${count} of ${accepted[kind]} ${kind} are on record`]
      })
    },
  }
}
