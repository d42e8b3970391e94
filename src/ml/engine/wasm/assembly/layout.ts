/**
 * The kernel's memory layout: the address of every array, for the sizes of one fit.
 *
 * A *tile* is up to 32 samples that go through the network together, side by side in SIMD lanes; a larger batch is
 * several tiles, one after the other. A unit's *trace* is its numbers for one tile, [step][lane], in one run. So
 * work on all steps at once (inputs, gradients of weights) is one long loop over lanes, and only the recurrence
 * goes step by step. Tile arrays are [unit][trace]: their size depends on the tile, not the batch. The largest fit
 * allowed (4 layers of 256, 32 features, lookback 250, 65,535 samples) takes 70 MB.
 *
 * Units and features are padded with zeros to multiples of 4, so that no loop needs a remainder. Padding stays 0:
 * its weights are 0, tanh 0 is 0, and its gradients are 0. Per layer the weights are input-hidden [hidden,
 * inputs], hidden-hidden [hidden, hidden] and the two biases [hidden]; then come the unit on top [lookback,
 * hidden] and its bias: PyTorch's order, padded. The host reads and writes them unpadded (`flatWeightsAt`).
 */

const TILE_LANES_LIMIT: i32 = 32
const PAGE_BYTES: usize = 65536

export let features: i32 = 0
export let lookback: i32 = 0
export let layers: i32 = 0
export let hidden: i32 = 0
/** 1: sigmoid head, 0: linear head. */
export let sigmoidHead: bool = false
/** Largest number of samples in a tile, a multiple of 4. */
export let tileLanes: i32 = 0
/** `hidden`, padded. */
export let units: i32 = 0
/** Bytes of all weights with their padding; the same for gradients and moments. */
export let weightBytes: usize = 0
/** Bytes from one unit to the next in a tile array. */
export let traceBytes: usize = 0
/** Bytes from one step to the next in a trace: the lanes in use, see {@link useLanes}. */
export let stepBytes: usize = 0

/** [rows, features]; sample i is the `lookback` rows from row i. */
export let rowsAt: usize = 0
/** [samples] */
export let labelsAt: usize = 0
/** [samples], u16: one epoch's order. */
export let orderAt: usize = 0
/** [samples]: predictions. */
export let predictionsAt: usize = 0
/** The weights without padding, as the host stores them. */
export let flatWeightsAt: usize = 0
export let weightsAt: usize = 0
export let gradientsAt: usize = 0
export let firstMomentsAt: usize = 0
export let secondMomentsAt: usize = 0
/** [lane]: the tile's labels, then its outputs, then the loss's gradient by the sums before the head. */
export let tileLabelsAt: usize = 0
export let tileOutputsAt: usize = 0
export let tileDeltasAt: usize = 0

let inputUnits: i32 = 0
/** [inputUnits][trace] */
let inputsAt: usize = 0
/** [layers][units][trace]: each layer's outputs. */
let statesAt: usize = 0
/** [2][units][trace], see {@link deltasOf}. */
let deltasAt: usize = 0
let end: usize = 0

function padded(count: i32): i32 {
  return (count + 3) & ~3
}

function reserve(bytes: usize): usize {
  const start = end
  end = (end + bytes + 63) & ~(<usize>63)
  return start
}

/** Number of inputs of `layer`, padded. */
export function inputUnitsOf(layer: i32): i32 {
  return layer == 0 ? inputUnits : units
}

/** Bytes from `weightsAt` to a layer's input-hidden weights, and from `gradientsAt` to their gradients. */
export function layerOffset(layer: i32): usize {
  const first = layer == 0 ? 0 : units * (inputUnits + units + 2)
  const others = layer == 0 ? 0 : (layer - 1) * units * (2 * units + 2)
  return (<usize>(first + others)) << 2
}

/** Bytes from `weightsAt` to a layer's hidden-hidden weights. */
export function recurrentOffset(layer: i32): usize {
  return layerOffset(layer) + ((<usize>(units * inputUnitsOf(layer))) << 2)
}

/** Bytes from `weightsAt` to a layer's first bias; the second follows. */
export function biasOffset(layer: i32): usize {
  return recurrentOffset(layer) + ((<usize>(units * units)) << 2)
}

/** Bytes from `weightsAt` to the weights of the unit on top; its bias follows. */
export function headOffset(): usize {
  return layerOffset(layers)
}

/** Returns the address of the outputs of `layer`, [units][trace]. */
export function statesOf(layer: i32): usize {
  return statesAt + <usize>(layer * units) * traceBytes
}

/** Returns the address of the inputs of `layer`: the tile's inputs, or the outputs of the layer below. */
export function inputsOf(layer: i32): usize {
  return layer == 0 ? inputsAt : statesOf(layer - 1)
}

/**
 * Returns the address of the loss's gradients by a layer's outputs, turned in place into those by its sums before
 * tanh, [units][trace]. At most two layers need it at a time.
 */
export function deltasOf(layer: i32): usize {
  return deltasAt + <usize>((layer & 1) * units) * traceBytes
}

/** Sets the step size of the next tile for `count` samples; the last v128 is padded. */
export function useLanes(count: i32): void {
  stepBytes = (<usize>padded(count)) << 2
}

/**
 * Lays out memory for one fit and grows it. Returns false where the machine does not have enough. The host has
 * checked the sizes.
 */
export function plan(
  featureCount: i32,
  lookbackBars: i32,
  layerCount: i32,
  hiddenUnits: i32,
  hasSigmoidHead: bool,
  batchSize: i32,
  sampleCount: i32,
): bool {
  features = featureCount
  lookback = lookbackBars
  layers = layerCount
  hidden = hiddenUnits
  sigmoidHead = hasSigmoidHead
  inputUnits = padded(features)
  units = padded(hidden)
  tileLanes = min(padded(batchSize), TILE_LANES_LIMIT)
  traceBytes = (<usize>(lookback * tileLanes)) << 2
  const headBytes = (<usize>(lookback * units + 4)) << 2
  weightBytes = headOffset() + headBytes

  end = __heap_base
  rowsAt = reserve((<usize>((sampleCount + lookback - 1) * features)) << 2)
  labelsAt = reserve((<usize>sampleCount) << 2)
  orderAt = reserve((<usize>sampleCount) << 1)
  predictionsAt = reserve((<usize>sampleCount) << 2)
  flatWeightsAt = reserve(weightBytes)
  weightsAt = reserve(weightBytes)
  gradientsAt = reserve(weightBytes)
  firstMomentsAt = reserve(weightBytes)
  secondMomentsAt = reserve(weightBytes)
  tileLabelsAt = reserve((<usize>tileLanes) << 2)
  tileOutputsAt = reserve((<usize>tileLanes) << 2)
  tileDeltasAt = reserve((<usize>tileLanes) << 2)
  inputsAt = reserve(<usize>inputUnits * traceBytes)
  statesAt = reserve(<usize>(layers * units) * traceBytes)
  deltasAt = reserve(<usize>(2 * units) * traceBytes)

  const pages = <i32>((end + PAGE_BYTES - 1) / PAGE_BYTES)
  const missing = pages - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return false
  // Memory is reused, so padding and optimiser state are set to zero each time.
  memory.fill(weightsAt, 0, statesAt - weightsAt)
  return true
}

let flat: usize = 0

function moveRows(at: usize, rows: i32, columns: i32, paddedColumns: i32, fromFlat: bool): void {
  const bytes = (<usize>columns) << 2
  for (let row = 0; row < rows; row++) {
    if (fromFlat) memory.copy(at, flat, bytes)
    else memory.copy(flat, at, bytes)
    at += (<usize>paddedColumns) << 2
    flat += bytes
  }
}

function moveWeights(fromFlat: bool): void {
  flat = flatWeightsAt
  for (let layer = 0; layer < layers; layer++) {
    const inputs = layer == 0 ? features : hidden
    moveRows(weightsAt + layerOffset(layer), hidden, inputs, inputUnitsOf(layer), fromFlat)
    moveRows(weightsAt + recurrentOffset(layer), hidden, hidden, units, fromFlat)
    moveRows(weightsAt + biasOffset(layer), 2, hidden, units, fromFlat)
  }
  const head = weightsAt + headOffset()
  moveRows(head, lookback, hidden, units, fromFlat)
  moveRows(head + ((<usize>(lookback * units)) << 2), 1, 1, 1, fromFlat)
}

/** Reads the weights that the host has written to `flatWeightsAt`. */
export function readWeights(): void {
  moveWeights(true)
}

/** Writes the weights to `flatWeightsAt`. */
export function writeWeights(): void {
  moveWeights(false)
}
