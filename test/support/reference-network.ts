/**
 * The network, its gradients and its training in plain double precision loops: an oracle for engines, of any size.
 *
 * Written from the definitions (PyTorch's `nn.RNN` and `AdamW`, back-propagation through time as in Werbos 1990),
 * for readability instead of speed.
 */
import type { Architecture, FitProblem, Training } from '../../src/ml/fit-problem.js'
import { batchCount, batchRange, epochOrder } from '../../src/ml/samples.js'
import { weightShapes } from '../../src/ml/weights.js'

type Numbers = number[] | Float64Array | Float32Array

const at = (values: Numbers, i: number): number => {
  const value = values[i]
  if (value === undefined) throw new RangeError(`place ${i} of ${values.length}`)
  return value
}

const add = (values: Float64Array, i: number, value: number): void => {
  values[i] = at(values, i) + value
}

/** Offset of each parameter in the flat array. */
function offsets(architecture: Architecture): (name: string) => number {
  const starts = new Map(weightShapes(architecture).map(({ name, offset }) => [name, offset]))
  return (name) => {
    const start = starts.get(name)
    if (start === undefined) throw new RangeError(name)
    return start
  }
}

/** Outputs of every layer and step, [layer][step][unit], and the network's output. */
interface Run {
  readonly states: readonly (readonly Float64Array[])[]
  readonly output: number
}

function inputsOf({ features, lookback }: Architecture, rows: Float32Array, sample: number): Float64Array[] {
  return Array.from({ length: lookback }, (_, t) =>
    Float64Array.from(rows.subarray((sample + t) * features, (sample + t + 1) * features)),
  )
}

function run(architecture: Architecture, weights: Float64Array, inputs: readonly Float64Array[]): Run {
  const { layers, hidden, lookback, head } = architecture
  const start = offsets(architecture)
  const states: Float64Array[][] = []
  let below = inputs
  for (let layer = 0; layer < layers; layer++) {
    const inputHidden = start(`rnn.weight_ih_l${layer}`)
    const hiddenHidden = start(`rnn.weight_hh_l${layer}`)
    const biases = [start(`rnn.bias_ih_l${layer}`), start(`rnn.bias_hh_l${layer}`)] as const
    let before = new Float64Array(hidden)
    const steps = below.map((input) => {
      const state = new Float64Array(hidden)
      for (let unit = 0; unit < hidden; unit++) {
        let sum = at(weights, biases[0] + unit) + at(weights, biases[1] + unit)
        for (let i = 0; i < input.length; i++) {
          sum += at(weights, inputHidden + unit * input.length + i) * at(input, i)
        }
        for (let i = 0; i < hidden; i++) sum += at(weights, hiddenHidden + unit * hidden + i) * at(before, i)
        state[unit] = Math.tanh(sum)
      }
      before = state
      return state
    })
    states.push(steps)
    below = steps
  }
  const top = start('fc.0.weight')
  let sum = at(weights, start('fc.0.bias'))
  below.forEach((state, t) => {
    for (let unit = 0; unit < hidden; unit++) sum += at(weights, top + t * hidden + unit) * at(state, unit)
  })
  if (below.length !== lookback) throw new RangeError('a state for each step')
  return { states, output: head === 'sigmoid' ? 1 / (1 + Math.exp(-sum)) : sum }
}

/** Adds one sample's part to `gradients`; `slope` is the loss's derivative by the output. */
function addGradients(
  architecture: Architecture,
  weights: Float64Array,
  inputs: readonly Float64Array[],
  { states, output }: Run,
  slope: number,
  gradients: Float64Array,
): void {
  const { layers, hidden, lookback, head } = architecture
  const start = offsets(architecture)
  const delta = head === 'sigmoid' ? slope * output * (1 - output) : slope
  const top = start('fc.0.weight')
  add(gradients, start('fc.0.bias'), delta)
  // The loss's derivative by the outputs of the current layer, [step][unit].
  let arrived = Array.from({ length: lookback }, (_, t) =>
    Float64Array.from({ length: hidden }, (_, unit) => delta * at(weights, top + t * hidden + unit)),
  )
  states[layers - 1]?.forEach((state, t) => {
    state.forEach((value, unit) => {
      add(gradients, top + t * hidden + unit, delta * value)
    })
  })
  for (let layer = layers - 1; layer >= 0; layer--) {
    const own = states[layer] ?? []
    const below = layer === 0 ? inputs : (states[layer - 1] ?? [])
    const inputHidden = start(`rnn.weight_ih_l${layer}`)
    const hiddenHidden = start(`rnn.weight_hh_l${layer}`)
    const biases = [start(`rnn.bias_ih_l${layer}`), start(`rnn.bias_hh_l${layer}`)]
    const arrivedBelow = below.map((input) => new Float64Array(input.length))
    for (let t = lookback - 1; t >= 0; t--) {
      const input = below[t] ?? new Float64Array()
      const before = own[t - 1]
      for (let unit = 0; unit < hidden; unit++) {
        const state = at(own[t] ?? [], unit)
        const d = at(arrived[t] ?? [], unit) * (1 - state * state)
        for (const bias of biases) add(gradients, bias + unit, d)
        for (let i = 0; i < input.length; i++) {
          const place = inputHidden + unit * input.length + i
          add(gradients, place, d * at(input, i))
          add(arrivedBelow[t] ?? new Float64Array(), i, d * at(weights, place))
        }
        if (before === undefined) continue
        for (let i = 0; i < hidden; i++) {
          const place = hiddenHidden + unit * hidden + i
          add(gradients, place, d * at(before, i))
          add(arrived[t - 1] ?? new Float64Array(), i, d * at(weights, place))
        }
      }
    }
    arrived = arrivedBelow
  }
}

/**
 * AdamW: Kingma and Ba 2015, Loshchilov and Hutter 2019; with the norm of all gradients clipped before each
 * step.
 */
class Adam {
  readonly #first: Float64Array
  readonly #second: Float64Array
  #step = 0

  constructor(count: number) {
    this.#first = new Float64Array(count)
    this.#second = new Float64Array(count)
  }

  move(weights: Float64Array, gradients: Float64Array, training: Training): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay, gradientClipNorm } = training
    const norm = Math.sqrt(gradients.reduce((sum, gradient) => sum + gradient * gradient, 0))
    const scale = gradientClipNorm === 0 ? 1 : Math.min(1, gradientClipNorm / (norm + 1e-6))
    this.#step += 1
    weights.forEach((weight, i) => {
      const gradient = at(gradients, i) * scale
      const first = beta1 * at(this.#first, i) + (1 - beta1) * gradient
      const second = beta2 * at(this.#second, i) + (1 - beta2) * gradient * gradient
      this.#first[i] = first
      this.#second[i] = second
      const mean = first / (1 - beta1 ** this.#step)
      const root = Math.sqrt(second / (1 - beta2 ** this.#step))
      weights[i] = weight * (1 - learningRate * weightDecay) - (learningRate * mean) / (root + epsilon)
    })
  }
}

/** Returns weights and epoch losses after training the problem in double precision. */
export function referenceFit(problem: FitProblem): { weights: Float64Array; losses: number[] } {
  const { architecture, training, rows, labels, batchOrders } = problem
  const weights = Float64Array.from(problem.initialWeights)
  const adam = new Adam(weights.length)
  const batches = batchCount(labels.length, training.batchSize)
  const losses = Array.from({ length: training.epochs }, (_, epoch) => {
    const order = epochOrder(batchOrders, epoch, labels.length)
    let sum = 0
    for (let batch = 0; batch < batches; batch++) {
      const { first, count } = batchRange(batch, labels.length, training.batchSize)
      const gradients = new Float64Array(weights.length)
      for (const sample of order.subarray(first, first + count)) {
        const inputs = inputsOf(architecture, rows, sample)
        const result = run(architecture, weights, inputs)
        const error = result.output - at(labels, sample)
        sum += (error * error) / count
        addGradients(architecture, weights, inputs, result, (2 * error) / count, gradients)
      }
      adam.move(weights, gradients, training)
    }
    return sum / batches
  })
  return { weights, losses }
}

/** Returns the network's outputs for every sample in the rows, [sampleCount]. */
export function referencePredictions(problem: FitProblem, weights: Float64Array): number[] {
  const { architecture, rows, labels } = problem
  return Array.from(
    labels,
    (_, sample) => run(architecture, weights, inputsOf(architecture, rows, sample)).output,
  )
}
