/** The forward pass of one tile: gathers samples into lanes, runs the layers, runs the head. */
import { activate } from './activation'
import {
  biasOffset,
  features,
  headOffset,
  inputUnitsOf,
  inputsOf,
  labelsAt,
  layerOffset,
  layers,
  lookback,
  recurrentOffset,
  rowsAt,
  sigmoidHead,
  statesOf,
  stepBytes,
  tileLabelsAt,
  tileOutputsAt,
  traceBytes,
  units,
  weightsAt,
} from './layout'
import { addProduct } from './product'

/** Copies sample `sample` into lane `lane`. A sample is one run of `lookback * features` numbers. */
export function gather(sample: i32, lane: i32): void {
  let from = rowsAt + ((<usize>(sample * features)) << 2)
  let step = inputsOf(0) + ((<usize>lane) << 2)
  for (let t = 0; t < lookback; t++) {
    let to = step
    for (let feature = 0; feature < features; feature++) {
      store<f32>(to, load<f32>(from))
      from += 4
      to += traceBytes
    }
    step += stepBytes
  }
}

export function gatherLabel(sample: i32, lane: i32): void {
  store<f32>(tileLabelsAt + ((<usize>lane) << 2), load<f32>(labelsAt + ((<usize>sample) << 2)))
}

/** Starts every sum of a layer with its unit's two biases. */
function startWithBiases(states: usize, biases: usize, bytes: usize): void {
  const second = (<usize>units) << 2
  for (let unit = 0; unit < units; unit++) {
    const bias = f32x4.splat(load<f32>(biases) + load<f32>(biases + second))
    for (let lane: usize = 0; lane < bytes; lane += 16) v128.store(states + lane, bias)
    biases += 4
    states += traceBytes
  }
}

/** Adds all steps' inputs at once; then, step by step, the previous step's part and tanh. */
function layerForward(layer: i32): void {
  const inputs = inputUnitsOf(layer)
  const inputRow = (<usize>inputs) << 2
  const recurrentRow = (<usize>units) << 2
  const recurrent = weightsAt + recurrentOffset(layer)
  const allBytes = <usize>lookback * stepBytes
  let states = statesOf(layer)
  startWithBiases(states, weightsAt + biasOffset(layer), allBytes)
  addProduct(states, units, weightsAt + layerOffset(layer), inputRow, 4, inputsOf(layer), inputs, allBytes)
  activate(states, units, stepBytes, traceBytes, false)
  for (let t = 1; t < lookback; t++) {
    const before = states
    states += stepBytes
    addProduct(states, units, recurrent, recurrentRow, 4, before, units, stepBytes)
    activate(states, units, stepBytes, traceBytes, false)
  }
}

/** The unit on top of all `lookback * hidden` outputs of the last layer. Four alternating sums, then their total. */
function headForward(): void {
  const weights = weightsAt + headOffset()
  const bias = load<f32>(weights + ((<usize>(lookback * units)) << 2))
  for (let lane: usize = 0; lane < stepBytes; lane += 16) {
    let sum0 = f32x4.splat(bias)
    let sum1 = f32x4.splat(0)
    let sum2 = f32x4.splat(0)
    let sum3 = f32x4.splat(0)
    let w = weights
    let step = statesOf(layers - 1) + lane
    for (let t = 0; t < lookback; t++) {
      let x = step
      for (let unit = 0; unit < units; unit += 4) {
        sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(w), v128.load(x)))
        sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(w, 4), v128.load(x + traceBytes)))
        sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(w, 8), v128.load(x + 2 * traceBytes)))
        sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(w, 12), v128.load(x + 3 * traceBytes)))
        w += 16
        x += 4 * traceBytes
      }
      step += stepBytes
    }
    v128.store(tileOutputsAt + lane, f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3)))
  }
  if (sigmoidHead) activate(tileOutputsAt, 1, stepBytes, 0, true)
}

/** Runs the gathered tile through the network. */
export function forwardTile(): void {
  for (let layer = 0; layer < layers; layer++) layerForward(layer)
  headForward()
}
