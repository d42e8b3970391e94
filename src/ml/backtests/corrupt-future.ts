/** Replaces the bars after a session by other ones. A backtest must give identical results up to that session. */
import type { BarColumns } from '../../domain/bars/bar.js'
import { Generator } from '../generator.js'

const SEED = 20_240_229

/**
 * Returns `bars` with every bar after `place` replaced: prices between a third and three times the real close,
 * with high and low consistent, and other volumes. A fixed seed makes a certificate reproducible.
 */
export function corruptAfter(bars: BarColumns, place: number): BarColumns {
  const generator = Generator.fromSeed(SEED)
  const copy = {
    ...bars,
    sessions: bars.sessions,
    open: bars.open.slice(),
    high: bars.high.slice(),
    low: bars.low.slice(),
    close: bars.close.slice(),
    volume: bars.volume.slice(),
  }
  for (let at = place + 1; at < bars.sessions.length; at++) {
    const close = bars.close[at] ?? Number.NaN
    const price = (): number => close * (1 / 3 + generator.nextUniform() * (3 - 1 / 3))
    const [open, other] = [price(), price()]
    copy.open[at] = open
    copy.close[at] = other
    copy.high[at] = Math.max(open, other) * (1 + generator.nextUniform())
    copy.low[at] = Math.min(open, other) * (1 - generator.nextUniform() / 2)
    copy.volume[at] = Math.floor(generator.nextUniform() * 1e9) + 1
  }
  return copy
}
