/**
 * The kernel's memory: which array lies where, for the sizes of one fit.
 *
 * Samples sit side by side in SIMD lanes. A *tile* is up to 32 samples that go through the network together;
 * a larger batch is several tiles, one after the other. Tile arrays are [unit][lane], so one v128 load reads
 * one unit of four samples, and their size depends on the tile and not on the batch: the largest fit allowed
 * (4 layers of 256, lookback 250) takes about 75 MB. Weights keep PyTorch's order and shapes
 * (src/ml/weights.ts): per layer input-hidden [hidden, inputs], hidden-hidden [hidden, hidden], the two
 * biases [hidden]; then the unit on top [lookback * hidden] and its bias.
 */

const TILE_LANES_LIMIT: i32 = 32
const PAGE_BYTES: usize = 65536

export let features: i32 = 0
export let lookback: i32 = 0
export let layers: i32 = 0
export let hidden: i32 = 0
/** 1: sigmoid on top, 0: linear. */
export let sigmoidHead: bool = false
export let weightCount: i32 = 0
/** Samples a tile holds, a multiple of 4. */
export let tileLanes: i32 = 0
/** Bytes from one unit to the next in a tile array. */
export let unitBytes: usize = 0

/** [rows, features]; sample i is the `lookback` rows from row i. */
export let rowsAt: usize = 0
/** [samples] */
export let labelsAt: usize = 0
/** [samples], u16: one epoch's order. */
export let orderAt: usize = 0
/** [weightCount], padded with zeros to a multiple of 4, as are gradients and both moments. */
export let weightsAt: usize = 0
export let gradientsAt: usize = 0
export let firstMomentsAt: usize = 0
export let secondMomentsAt: usize = 0
/** [lookback][features][lane] */
export let inputsAt: usize = 0
/** [layers][lookback][hidden][lane]: what each layer gave. */
export let statesAt: usize = 0
/** [lookback][hidden][lane]: the loss's gradient by one layer's outputs. */
export let arrivedAt: usize = 0
/** [lookback][hidden][lane]: the loss's gradient by one layer's sums before tanh. */
export let deltasAt: usize = 0
/** [lane]: the tile's labels, then its outputs, then the loss's gradient by the sums before the head. */
export let tileLabelsAt: usize = 0
export let tileOutputsAt: usize = 0
export let tileDeltasAt: usize = 0
/** [samples]: where predictions go. */
export let predictionsAt: usize = 0

let end: usize = 0

function reserve(bytes: usize): usize {
  const start = end
  end = (end + bytes + 15) & ~(<usize>15)
  return start
}

/** Units that feed `layer`. */
export function inputsOf(layer: i32): i32 {
  return layer == 0 ? features : hidden
}

/** Byte offset of a layer's first weight from `weightsAt`, and from `gradientsAt`. */
export function layerOffset(layer: i32): usize {
  const first = layer == 0 ? 0 : hidden * (features + hidden + 2)
  const others = layer == 0 ? 0 : (layer - 1) * hidden * (2 * hidden + 2)
  return (<usize>(first + others)) << 2
}

/** The state of `layer` at step `step`, [hidden][lane]. */
export function stateAt(layer: i32, step: i32): usize {
  return statesAt + <usize>((layer * lookback + step) * hidden) * unitBytes
}

/** What `layer` reads over all steps: the tile's inputs, or the layer below. */
export function inputAt(layer: i32): usize {
  return layer == 0 ? inputsAt : stateAt(layer - 1, 0)
}

/** Lays memory out for one fit and grows it; false where the machine has not that much. Sizes are checked by the host. */
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
  tileLanes = min((batchSize + 3) & ~3, TILE_LANES_LIMIT)
  unitBytes = (<usize>tileLanes) << 2
  weightCount = <i32>(layerOffset(layers) >> 2) + lookback * hidden + 1

  end = __heap_base
  const weightBytes = (<usize>weightCount) << 2
  const tileBytes = <usize>(lookback * hidden) * unitBytes
  rowsAt = reserve((<usize>((sampleCount + lookback - 1) * features)) << 2)
  labelsAt = reserve((<usize>sampleCount) << 2)
  orderAt = reserve((<usize>sampleCount) << 1)
  predictionsAt = reserve((<usize>sampleCount) << 2)
  weightsAt = reserve(weightBytes)
  gradientsAt = reserve(weightBytes)
  firstMomentsAt = reserve(weightBytes)
  secondMomentsAt = reserve(weightBytes)
  inputsAt = reserve(<usize>(lookback * features) * unitBytes)
  statesAt = reserve(<usize>layers * tileBytes)
  arrivedAt = reserve(tileBytes)
  deltasAt = reserve(tileBytes)
  tileLabelsAt = reserve(unitBytes)
  tileOutputsAt = reserve(unitBytes)
  tileDeltasAt = reserve(unitBytes)

  const pages = <i32>((end + PAGE_BYTES - 1) / PAGE_BYTES)
  const missing = pages - memory.size()
  if (missing > 0 && memory.grow(missing) < 0) return false
  // Memory is used again by the next fit: padding and optimiser start from zero each time.
  memory.fill(weightsAt, 0, inputsAt - weightsAt)
  return true
}
