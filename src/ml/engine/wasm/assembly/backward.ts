/**
 * The backward pass of one tile: adds the tile's part to the gradient of every weight.
 *
 * Layers go from the top down, and a whole layer's steps are done before its weights' gradients are summed, so
 * that each gradient is one sum in registers over steps and lanes. The order of every sum is fixed.
 */
import { addBiases, addOuter, lanes } from './gradient-sums'
import {
  arrivedAt,
  deltasAt,
  gradientsAt,
  hidden,
  inputAt,
  inputsOf,
  layerOffset,
  layers,
  lookback,
  sigmoidHead,
  stateAt,
  tileDeltasAt,
  tileLabelsAt,
  tileOutputsAt,
  unitBytes,
  weightsAt,
} from './layout'

/** The sum of squared errors over the first `count` lanes; lanes beyond them get gradient 0. */
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

/** Gradient of the unit on top, and what arrives at the last layer's outputs. */
function headBackward(usedBytes: usize): void {
  const offset = layerOffset(layers)
  const count = lookback * hidden
  let w = weightsAt + offset
  let g = gradientsAt + offset
  let x = stateAt(layers - 1, 0)
  let arrived = arrivedAt
  for (let i = 0; i < count; i++) {
    const weight = v128.load32_splat(w)
    let sum = f32x4.splat(0)
    for (let lane: usize = 0; lane < usedBytes; lane += 16) {
      const delta = v128.load(tileDeltasAt + lane)
      sum = f32x4.add(sum, f32x4.mul(delta, v128.load(x + lane)))
      v128.store(arrived + lane, f32x4.mul(weight, delta))
    }
    store<f32>(g, load<f32>(g) + lanes(sum))
    w += 4
    g += 4
    x += unitBytes
    arrived += unitBytes
  }
  let sum = f32x4.splat(0)
  for (let lane: usize = 0; lane < usedBytes; lane += 16) sum = f32x4.add(sum, v128.load(tileDeltasAt + lane))
  store<f32>(g, load<f32>(g) + lanes(sum))
}

/** target[column] (+)= sum over units of weights[unit, column] * delta[unit]: a delta carried back through weights. */
function carryBack(
  weights: usize,
  columns: i32,
  delta: usize,
  target: usize,
  add: bool,
  usedBytes: usize,
): void {
  const row = (<usize>columns) << 2
  for (let lane: usize = 0; lane < usedBytes; lane += 16) {
    let column = 0
    for (; column + 4 <= columns; column += 4) {
      const out = target + <usize>column * unitBytes + lane
      let sum0 = add ? v128.load(out) : f32x4.splat(0)
      let sum1 = add ? v128.load(out + unitBytes) : f32x4.splat(0)
      let sum2 = add ? v128.load(out + 2 * unitBytes) : f32x4.splat(0)
      let sum3 = add ? v128.load(out + 3 * unitBytes) : f32x4.splat(0)
      let w = weights + ((<usize>column) << 2)
      let d = delta + lane
      for (let unit = 0; unit < hidden; unit++) {
        const value = v128.load(d)
        sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(w), value))
        sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(w + 4), value))
        sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(w + 8), value))
        sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(w + 12), value))
        w += row
        d += unitBytes
      }
      v128.store(out, sum0)
      v128.store(out + unitBytes, sum1)
      v128.store(out + 2 * unitBytes, sum2)
      v128.store(out + 3 * unitBytes, sum3)
    }
    for (; column < columns; column++) {
      const out = target + <usize>column * unitBytes + lane
      let sum = add ? v128.load(out) : f32x4.splat(0)
      let w = weights + ((<usize>column) << 2)
      let d = delta + lane
      for (let unit = 0; unit < hidden; unit++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(w), v128.load(d)))
        w += row
        d += unitBytes
      }
      v128.store(out, sum)
    }
  }
}

/** delta = arrived * (1 - state^2), the derivative of tanh. */
function throughTanh(arrived: usize, state: usize, delta: usize, usedBytes: usize): void {
  const one = f32x4.splat(1)
  for (let unit = 0; unit < hidden; unit++) {
    for (let lane: usize = 0; lane < usedBytes; lane += 16) {
      const h = v128.load(state + lane)
      const slope = f32x4.sub(one, f32x4.mul(h, h))
      v128.store(delta + lane, f32x4.mul(v128.load(arrived + lane), slope))
    }
    arrived += unitBytes
    state += unitBytes
    delta += unitBytes
  }
}

/** Takes what arrived at the layer's outputs to its weights, and leaves what arrives at the layer below. */
function layerBackward(layer: i32, usedBytes: usize): void {
  const inputs = inputsOf(layer)
  const offset = layerOffset(layer)
  const inputHiddenBytes = (<usize>(inputs * hidden)) << 2
  const hiddenHiddenBytes = (<usize>(hidden * hidden)) << 2
  const inputHidden = weightsAt + offset
  const hiddenHidden = inputHidden + inputHiddenBytes
  const stepBytes = <usize>hidden * unitBytes

  for (let t = lookback - 1; t >= 0; t--) {
    const arrived = arrivedAt + <usize>t * stepBytes
    const delta = deltasAt + <usize>t * stepBytes
    if (t < lookback - 1) carryBack(hiddenHidden, hidden, delta + stepBytes, arrived, true, usedBytes)
    throughTanh(arrived, stateAt(layer, t), delta, usedBytes)
    if (layer > 0) carryBack(inputHidden, hidden, delta, arrived, false, usedBytes)
  }

  const gradient = gradientsAt + offset
  addOuter(gradient, deltasAt, inputAt(layer), inputs, lookback, usedBytes)
  addOuter(
    gradient + inputHiddenBytes,
    deltasAt + stepBytes,
    stateAt(layer, 0),
    hidden,
    lookback - 1,
    usedBytes,
  )
  const biases = gradient + inputHiddenBytes + hiddenHiddenBytes
  addBiases(biases, biases + ((<usize>hidden) << 2), usedBytes)
}

/** Needs the tile's forward pass and {@link lossTile} before it. */
export function backwardTile(usedBytes: usize): void {
  headBackward(usedBytes)
  for (let layer = layers - 1; layer >= 0; layer--) layerBackward(layer, usedBytes)
}
