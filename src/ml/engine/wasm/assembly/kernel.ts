/**
 * The kernel's exports: lay out memory, load it, train a batch, predict.
 *
 * Everything is float32 SIMD with samples across lanes, and sizes alone fix the order of sums. It uses no relaxed
 * SIMD and no instruction whose result WebAssembly leaves open, so equal inputs give equal bytes on every machine.
 * (The bits of a NaN are open, but a NaN ends its fit as a failure.) The host passes only checked sizes.
 */
import { activate } from './activation'
import { startAdam, stepAdam } from './adam'
import { backwardTile, lossTile } from './backward'
import { forwardTile, gather, gatherLabel } from './forward'
import * as layout from './layout'

export { plan, readWeights, writeWeights } from './layout'
export { startAdam }

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
  return layout.flatWeightsAt
}
export function predictionsAt(): usize {
  return layout.predictionsAt
}

/** Returns the lanes that `count` samples occupy, in whole v128. */
function padded(count: i32): i32 {
  return (count + 3) & ~3
}

/**
 * Takes one optimiser step on `count` samples from place `first` of the order. Returns their mean squared error
 * before the step.
 */
export function trainBatch(first: i32, count: i32): f64 {
  memory.fill(layout.gradientsAt, 0, layout.weightBytes)
  let loss: f64 = 0
  for (let start = 0; start < count; start += layout.tileLanes) {
    const used = min(layout.tileLanes, count - start)
    layout.useLanes(used)
    for (let lane = 0; lane < padded(used); lane++) {
      // Padding repeats the tile's last sample, so it is finite whenever the batch is.
      const place = first + start + min(lane, used - 1)
      const sample = <i32>load<u16>(layout.orderAt + ((<usize>place) << 1))
      gather(sample, lane)
      gatherLabel(sample, lane)
    }
    forwardTile()
    loss += lossTile(used, count)
    backwardTile()
  }
  stepAdam()
  return loss / <f64>count
}

/** Writes the network's outputs for samples 0 to count - 1 to `predictionsAt`. */
export function predict(count: i32): void {
  for (let start = 0; start < count; start += layout.tileLanes) {
    const used = min(layout.tileLanes, count - start)
    layout.useLanes(used)
    for (let lane = 0; lane < padded(used); lane++) gather(start + min(lane, used - 1), lane)
    forwardTile()
    memory.copy(layout.predictionsAt + ((<usize>start) << 2), layout.tileOutputsAt, (<usize>used) << 2)
  }
}

const SCRATCH = memory.data(16, 16)

function activated(x: f32, sigmoid: bool): f32 {
  v128.store(SCRATCH, f32x4.splat(x))
  activate(SCRATCH, 1, 16, 0, sigmoid)
  return load<f32>(SCRATCH)
}

/** The kernel's tanh and logistic function, exported for tests. */
export function tanhOf(x: f32): f32 {
  return activated(x, false)
}
export function sigmoidOf(x: f32): f32 {
  return activated(x, true)
}
