/**
 * The backward pass of one tile: adds the tile's part to the gradient of every weight.
 *
 * Layers go from the top down. All steps of a layer are done before the gradients of its weights are summed, so
 * that each gradient is one sum in registers over steps and lanes. The order of every sum is fixed.
 */
import { addBiases, addOuter, lanes } from './gradient-sums'
import {
  biasOffset,
  deltasOf,
  gradientsAt,
  headOffset,
  inputUnitsOf,
  inputsOf,
  layerOffset,
  layers,
  lookback,
  recurrentOffset,
  sigmoidHead,
  statesOf,
  stepBytes,
  tileDeltasAt,
  tileLabelsAt,
  tileOutputsAt,
  traceBytes,
  units,
  weightsAt,
} from './layout'
import { addProduct } from './product'

/** Returns the sum of squared errors over the tile's first `count` lanes. The other lanes get gradient 0. */
export function lossTile(count: i32, batchCount: i32): f64 {
  const scale = f32x4.splat(<f32>2 / <f32>batchCount)
  const one = f32x4.splat(1)
  let sum = f32x4.splat(0)
  for (let first = 0; first < count; first += 4) {
    const at = (<usize>first) << 2
    const used = i32x4.lt_s(i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), i32x4.splat(count))
    const output = v128.load(tileOutputsAt + at)
    const error = v128.and(f32x4.sub(output, v128.load(tileLabelsAt + at)), used)
    sum = f32x4.add(sum, f32x4.mul(error, error))
    let delta = f32x4.mul(error, scale)
    if (sigmoidHead) delta = f32x4.mul(delta, f32x4.mul(output, f32x4.sub(one, output)))
    v128.store(tileDeltasAt + at, delta)
  }
  return <f64>lanes(sum)
}

/** Computes the gradient of the unit on top, and the gradients that arrive at the last layer's outputs. */
function headBackward(): void {
  let w = weightsAt + headOffset()
  let g = gradientsAt + headOffset()
  let states = statesOf(layers - 1)
  let arrived = deltasOf(layers - 1)
  for (let t = 0; t < lookback; t++) {
    let x = states
    let to = arrived
    for (let unit = 0; unit < units; unit++) {
      const weight = v128.load32_splat(w)
      let sum = f32x4.splat(0)
      for (let lane: usize = 0; lane < stepBytes; lane += 16) {
        const delta = v128.load(tileDeltasAt + lane)
        sum = f32x4.add(sum, f32x4.mul(delta, v128.load(x + lane)))
        v128.store(to + lane, f32x4.mul(weight, delta))
      }
      store<f32>(g, load<f32>(g) + lanes(sum))
      w += 4
      g += 4
      x += traceBytes
      to += traceBytes
    }
    states += stepBytes
    arrived += stepBytes
  }
  let sum = f32x4.splat(0)
  for (let lane: usize = 0; lane < stepBytes; lane += 16) sum = f32x4.add(sum, v128.load(tileDeltasAt + lane))
  store<f32>(g, load<f32>(g) + lanes(sum))
}

/** delta *= 1 - state^2, the derivative of tanh, for one step of a layer. */
function throughTanh(delta: usize, state: usize): void {
  const one = f32x4.splat(1)
  for (let unit = 0; unit < units; unit++) {
    for (let lane: usize = 0; lane < stepBytes; lane += 16) {
      const h = v128.load(state + lane)
      const slope = f32x4.sub(one, f32x4.mul(h, h))
      v128.store(delta + lane, f32x4.mul(v128.load(delta + lane), slope))
    }
    delta += traceBytes
    state += traceBytes
  }
}

/** Propagates the gradients at a layer's outputs to its weights and to the layer below. */
function layerBackward(layer: i32): void {
  const inputs = inputUnitsOf(layer)
  const recurrentRow = (<usize>units) << 2
  const recurrent = weightsAt + recurrentOffset(layer)
  const allBytes = <usize>lookback * stepBytes
  const deltas = deltasOf(layer)
  const states = statesOf(layer)

  let delta = deltas + allBytes - stepBytes
  let state = states + allBytes - stepBytes
  throughTanh(delta, state)
  for (let t = lookback - 1; t > 0; t--) {
    const after = delta
    delta -= stepBytes
    state -= stepBytes
    addProduct(delta, units, recurrent, 4, recurrentRow, after, units, stepBytes)
    throughTanh(delta, state)
  }

  if (layer > 0) {
    const below = deltasOf(layer - 1)
    memory.fill(below, 0, <usize>units * traceBytes)
    addProduct(below, units, weightsAt + layerOffset(layer), 4, recurrentRow, deltas, units, allBytes)
  }

  addOuter(gradientsAt + layerOffset(layer), deltas, inputsOf(layer), inputs, allBytes)
  // The state of one step pairs with the delta of the next.
  const laterBytes = allBytes - stepBytes
  addOuter(gradientsAt + recurrentOffset(layer), deltas + stepBytes, states, units, laterBytes)
  addBiases(gradientsAt + biasOffset(layer), deltas, allBytes)
}

/** Runs after the tile's forward pass and {@link lossTile}. */
export function backwardTile(): void {
  headBackward()
  for (let layer = layers - 1; layer >= 0; layer--) layerBackward(layer)
}
