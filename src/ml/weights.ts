/**
 * The weights of a network: names, shapes, order in one flat array, and initial values.
 *
 * The order is that of PyTorch's `named_parameters` for an `nn.RNN` called `rnn` and a linear unit called `fc.0`.
 */
import type { Architecture } from './fit-problem.js'
import type { Generator } from './generator.js'

export interface WeightShape {
  readonly name: string
  readonly shape: readonly number[]
  /** Index of its first number in the flat array. */
  readonly offset: number
  readonly size: number
  /** Initial values are uniform in -bound..bound. */
  readonly bound: number
}

/** Returns every parameter of the network, in order. */
export function weightShapes(architecture: Architecture): WeightShape[] {
  const { features, lookback, layers, hidden } = architecture
  // Math.sqrt is correctly rounded on every machine. Fits use no other function of Math.
  const rnnBound = 1 / Math.sqrt(hidden)
  const headBound = 1 / Math.sqrt(lookback * hidden)
  const shapes: WeightShape[] = []
  let offset = 0
  const add = (name: string, shape: readonly number[], bound: number): void => {
    const size = shape.reduce((product, length) => product * length, 1)
    shapes.push({ name, shape, offset, size, bound })
    offset += size
  }
  for (let layer = 0; layer < layers; layer++) {
    add(`rnn.weight_ih_l${layer}`, [hidden, layer === 0 ? features : hidden], rnnBound)
    add(`rnn.weight_hh_l${layer}`, [hidden, hidden], rnnBound)
    add(`rnn.bias_ih_l${layer}`, [hidden], rnnBound)
    add(`rnn.bias_hh_l${layer}`, [hidden], rnnBound)
  }
  add('fc.0.weight', [1, lookback * hidden], headBound)
  add('fc.0.bias', [1], headBound)
  return shapes
}

/** Returns the number of weights of the network. */
export function weightCount(architecture: Architecture): number {
  return weightShapes(architecture).reduce((sum, { size }) => sum + size, 0)
}

/**
 * Draws every weight in order, [weights]: U(-1/sqrt(hidden), 1/sqrt(hidden)) in the RNN, U(-1/sqrt(fan in),
 * 1/sqrt(fan in)) in the unit on top.
 */
export function drawInitialWeights(architecture: Architecture, generator: Generator): Float32Array {
  const weights = new Float32Array(weightCount(architecture))
  for (const { offset, size, bound } of weightShapes(architecture)) {
    for (let i = offset; i < offset + size; i++) weights[i] = (2 * generator.nextUniform() - 1) * bound
  }
  return weights
}
