/**
 * Times how a night computes persistence's interval states: 1,384 symbols of the universe, 600 sessions each or as
 * many as there are, session by session with `observe` and at once with `contenderState`. Both must give the same
 * states.
 */
import { isDeepStrictEqual } from 'node:util'
import { CONFORMAL_START, marketBounds, observe } from '../src/ml/forecasts/conformal.js'
import type { ConformalState } from '../src/ml/forecasts/conformal.js'
import { contenderState, INTERVAL_BARS, persistencePast } from '../src/ml/forecasts/contender-intervals.js'
import type { ContenderPast } from '../src/ml/forecasts/contender-intervals.js'
import { universe } from './support/market-data.js'

const SYMBOLS = 1_384

function oneByOne({ closes, traded, predicted }: ContenderPast): ConformalState {
  let state = CONFORMAL_START
  for (let place = 1; place < closes.length; place++) {
    state = observe(state, {
      predicted: predicted(place),
      actual: closes[place] ?? NaN,
      previous: closes[place - 1] ?? NaN,
      traded: traded(place),
    })
  }
  return state
}

function timed<Result>(work: () => Result): { readonly result: Result; readonly ms: number } {
  const start = performance.now()
  const result = work()
  return { result, ms: performance.now() - start }
}

export function main(): void {
  const pasts = [...universe().values()].slice(0, SYMBOLS).map(({ close, volume }) => {
    const traded = volume.slice(-INTERVAL_BARS)
    return persistencePast(close.slice(-INTERVAL_BARS), (place) => (traded[place] ?? 0) > 0)
  })
  const sessions = pasts.reduce((sum, { closes }) => sum + closes.length - 1, 0)
  const plain = timed(() => pasts.map(oneByOne))
  const folded = timed(() => pasts.map(contenderState))
  const market = timed(() => marketBounds(folded.result))
  if (!isDeepStrictEqual(plain.result, folded.result)) throw new Error('the states are not the same')
  console.log(`${pasts.length} symbols, ${sessions} sessions`)
  console.log(`one by one     ${plain.ms.toFixed(0).padStart(7)} ms`)
  console.log(`in one go      ${folded.ms.toFixed(0).padStart(7)} ms`)
  console.log(`market bounds  ${market.ms.toFixed(0).padStart(7)} ms`)
  console.log(
    JSON.stringify({
      symbols: pasts.length,
      sessions,
      plainMs: plain.ms,
      foldedMs: folded.ms,
      marketMs: market.ms,
    }),
  )
}
