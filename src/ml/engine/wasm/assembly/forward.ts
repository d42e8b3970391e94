/** The forward pass of one tile: gather samples into lanes, run the layers, run the head. */
import { sigmoid4, tanh4 } from './activation'
import {
  features,
  hidden,
  inputAt,
  inputsAt,
  inputsOf,
  labelsAt,
  layerOffset,
  layers,
  lookback,
  rowsAt,
  sigmoidHead,
  stateAt,
  tileLabelsAt,
  tileOutputsAt,
  unitBytes,
  weightsAt,
} from './layout'

/** Puts sample `sample` into lane `lane`. A sample is one run of `lookback * features` numbers. */
export function gather(sample: i32, lane: i32): void {
  const run = lookback * features
  let from = rowsAt + ((<usize>(sample * features)) << 2)
  let to = inputsAt + ((<usize>lane) << 2)
  for (let i = 0; i < run; i++) {
    store<f32>(to, load<f32>(from))
    from += 4
    to += unitBytes
  }
}

export function gatherLabel(sample: i32, lane: i32): void {
  store<f32>(tileLabelsAt + ((<usize>lane) << 2), load<f32>(labelsAt + ((<usize>sample) << 2)))
}

/** One step of one layer, [inputs][lane] and the step before in, [hidden][lane] out. Four units share each load. */
function step(
  weights: usize,
  input: usize,
  inputs: i32,
  before: usize,
  output: usize,
  usedBytes: usize,
): void {
  const inputRow = (<usize>inputs) << 2
  const hiddenRow = (<usize>hidden) << 2
  const hiddenHidden = weights + inputRow * hidden
  const biases = hiddenHidden + hiddenRow * hidden
  for (let lane: usize = 0; lane < usedBytes; lane += 16) {
    let unit = 0
    for (; unit + 4 <= hidden; unit += 4) {
      const bias = biases + ((<usize>unit) << 2)
      let sum0 = f32x4.splat(load<f32>(bias) + load<f32>(bias + hiddenRow))
      let sum1 = f32x4.splat(load<f32>(bias + 4) + load<f32>(bias + hiddenRow + 4))
      let sum2 = f32x4.splat(load<f32>(bias + 8) + load<f32>(bias + hiddenRow + 8))
      let sum3 = f32x4.splat(load<f32>(bias + 12) + load<f32>(bias + hiddenRow + 12))
      let w = weights + inputRow * unit
      let x = input + lane
      for (let i = 0; i < inputs; i++) {
        const value = v128.load(x)
        sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(w), value))
        sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(w + inputRow), value))
        sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(w + 2 * inputRow), value))
        sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(w + 3 * inputRow), value))
        w += 4
        x += unitBytes
      }
      if (before != 0) {
        w = hiddenHidden + hiddenRow * unit
        x = before + lane
        for (let i = 0; i < hidden; i++) {
          const value = v128.load(x)
          sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(w), value))
          sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(w + hiddenRow), value))
          sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(w + 2 * hiddenRow), value))
          sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(w + 3 * hiddenRow), value))
          w += 4
          x += unitBytes
        }
      }
      const out = output + <usize>unit * unitBytes + lane
      v128.store(out, tanh4(sum0))
      v128.store(out + unitBytes, tanh4(sum1))
      v128.store(out + 2 * unitBytes, tanh4(sum2))
      v128.store(out + 3 * unitBytes, tanh4(sum3))
    }
    for (; unit < hidden; unit++) {
      const bias = biases + ((<usize>unit) << 2)
      let sum = f32x4.splat(load<f32>(bias) + load<f32>(bias + hiddenRow))
      let w = weights + inputRow * unit
      let x = input + lane
      for (let i = 0; i < inputs; i++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(w), v128.load(x)))
        w += 4
        x += unitBytes
      }
      if (before != 0) {
        w = hiddenHidden + hiddenRow * unit
        x = before + lane
        for (let i = 0; i < hidden; i++) {
          sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(w), v128.load(x)))
          w += 4
          x += unitBytes
        }
      }
      v128.store(output + <usize>unit * unitBytes + lane, tanh4(sum))
    }
  }
}

/** The unit on top of all `lookback * hidden` outputs of the last layer. Four sums in turn, then one. */
function headForward(usedBytes: usize): void {
  const weights = weightsAt + layerOffset(layers)
  const count = lookback * hidden
  const bias = load<f32>(weights + ((<usize>count) << 2))
  const top = stateAt(layers - 1, 0)
  for (let lane: usize = 0; lane < usedBytes; lane += 16) {
    let even = f32x4.splat(bias)
    let odd = f32x4.splat(0)
    let w = weights
    let x = top + lane
    let i = 0
    for (; i + 2 <= count; i += 2) {
      even = f32x4.add(even, f32x4.mul(v128.load32_splat(w), v128.load(x)))
      odd = f32x4.add(odd, f32x4.mul(v128.load32_splat(w + 4), v128.load(x + unitBytes)))
      w += 8
      x += 2 * unitBytes
    }
    if (i < count) even = f32x4.add(even, f32x4.mul(v128.load32_splat(w), v128.load(x)))
    const sum = f32x4.add(even, odd)
    v128.store(tileOutputsAt + lane, sigmoidHead ? sigmoid4(sum) : sum)
  }
}

/** Runs the gathered tile through the network; `usedBytes` covers the lanes in use, rounded up to 16. */
export function forwardTile(usedBytes: usize): void {
  for (let layer = 0; layer < layers; layer++) {
    const weights = weightsAt + layerOffset(layer)
    const inputs = inputsOf(layer)
    const input = inputAt(layer)
    for (let t = 0; t < lookback; t++) {
      const before: usize = t == 0 ? 0 : stateAt(layer, t - 1)
      step(weights, input + <usize>(t * inputs) * unitBytes, inputs, before, stateAt(layer, t), usedBytes)
    }
  }
  headForward(usedBytes)
}
