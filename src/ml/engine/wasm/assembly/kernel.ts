/**
 * What the host calls: lay out, fill memory, train a batch, predict.
 *
 * Everything is float32 SIMD with samples across lanes and sums in a fixed order, without relaxed SIMD, so the
 * same inputs give the same bytes on every machine. The host passes only sizes that it has checked.
 */
import { sigmoid4, tanh4 } from './activation'
import { startAdam, stepAdam } from './adam'
import { backwardTile, lossTile } from './backward'
import { forwardTile, gather, gatherLabel } from './forward'
import * as layout from './layout'

export { plan } from './layout'
export { startAdam }

export function weightCount(): i32 {
  return layout.weightCount
}
export function rowsAt(): usize {
  return layout.rowsAt
}
export function labelsAt(): usize {
  return layout.labelsAt
}
export function orderAt(): usize {
  return layout.orderAt
}
export function weightsAt(): usize {
  return layout.weightsAt
}
export function predictionsAt(): usize {
  return layout.predictionsAt
}

function usedBytes(count: i32): usize {
  return (<usize>((count + 3) & ~3)) << 2
}

/** One optimiser step on the `count` samples from place `first` of the order; gives their mean squared error before it. */
export function trainBatch(first: i32, count: i32): f64 {
  memory.fill(layout.gradientsAt, 0, layout.firstMomentsAt - layout.gradientsAt)
  let loss: f64 = 0
  for (let start = 0; start < count; start += layout.tileLanes) {
    const used = min(layout.tileLanes, count - start)
    const padded = (used + 3) & ~3
    for (let lane = 0; lane < padded; lane++) {
      // Padding repeats the tile's last sample, so that it is finite wherever the batch is.
      const place = first + start + min(lane, used - 1)
      const sample = <i32>load<u16>(layout.orderAt + ((<usize>place) << 1))
      gather(sample, lane)
      gatherLabel(sample, lane)
    }
    forwardTile(usedBytes(used))
    loss += lossTile(used, count)
    backwardTile(usedBytes(used))
  }
  stepAdam()
  return loss / <f64>count
}

/** The network's outputs for samples 0 to count - 1, to `predictionsAt`. */
export function predict(count: i32): void {
  for (let start = 0; start < count; start += layout.tileLanes) {
    const used = min(layout.tileLanes, count - start)
    const padded = (used + 3) & ~3
    for (let lane = 0; lane < padded; lane++) gather(start + min(lane, used - 1), lane)
    forwardTile(usedBytes(used))
    memory.copy(layout.predictionsAt + ((<usize>start) << 2), layout.tileOutputsAt, (<usize>used) << 2)
  }
}

/** The kernel's own tanh and logistic function, so that a test can sweep them. */
export function tanhOf(x: f32): f32 {
  return f32x4.extract_lane(tanh4(f32x4.splat(x)), 0)
}
export function sigmoidOf(x: f32): f32 {
  return f32x4.extract_lane(sigmoid4(f32x4.splat(x)), 0)
}
