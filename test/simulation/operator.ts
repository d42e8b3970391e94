/** An operator's requests over GraphQL, and checks of the answers. */
import type { Fleet } from './fleet.js'

export interface Operator {
  pause(reason: string): Promise<void>
  resume(): Promise<void>
  /** @param refused whether this must be refused, because nothing is left to do */
  runNightNow(refused: boolean): Promise<void>
  sync(codes: readonly string[]): Promise<void>
  retrain(of: { readonly code: string; readonly recipe: string; readonly seed: number }): Promise<void>
}

/** Most symbols in one call of `syncBars`. */
const SYNCED_AT_ONCE = 50

/** @param complain called with wrong answers */
export function createOperator(fleet: Fleet, complain: (violation: string) => void): Operator {
  const mutate = async (mutation: string, refused = false): Promise<void> => {
    const { errors = [] } = await fleet.ask(`mutation { ${mutation} }`)
    const isRefused = errors.some(({ extensions }) => extensions?.code === 'BAD_USER_INPUT')
    if (refused ? isRefused : errors.length === 0) return
    const said = errors.map(({ message }) => message).join('; ')
    complain(`${mutation} ${refused ? 'should have been refused' : 'was refused'}: ${said}`)
  }
  return {
    pause: (reason) => mutate(`pauseSchedule(reason: ${JSON.stringify(reason)}) { paused }`),
    resume: () => mutate('resumeSchedule { paused }'),
    runNightNow: (refused) => mutate('runNightNow { session }', refused),
    async sync(codes) {
      for (let from = 0; from < codes.length; from += SYNCED_AT_ONCE) {
        const some = codes.slice(from, from + SYNCED_AT_ONCE)
        await mutate(`syncBars(symbols: ${JSON.stringify(some)}) { toSession }`)
      }
    },
    retrain: ({ code, recipe, seed }) =>
      mutate(
        `retrain(input: { symbol: "${code}", recipe: "${recipe}", seed: ${seed}, waitSeconds: 60 }) { status }`,
      ),
  }
}
