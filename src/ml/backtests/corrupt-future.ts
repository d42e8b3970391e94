/** Another future: what a backtest must not be able to tell from the real one, up to where they part. */
import type { BarColumns } from '../../domain/bars/bar.js'
import { Generator } from '../generator.js'

const SEED = 20_240_229

/**
 * The bars with every one after `place` replaced by another: prices from a third to three times as high as they were,
 * ordered as prices have to be, and other volumes. Drawn from a fixed seed, so that a certificate can be made again.
 */
export function corruptAfter(bars: BarColumns, place: number): BarColumns {
  const generator = Generator.fromSeed(SEED)
  const copy = {
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
