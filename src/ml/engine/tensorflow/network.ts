/**
 * The network of M problems at once: loss and gradients as one tensor program, every tensor with a leading axis M.
 *
 * The problems share an architecture and nothing else. No operation sums or broadcasts across the leading axis, so
 * a problem whose numbers overflow affects only its own slice.
 *
 * The backward pass (backpropagation through time: Werbos 1990) is written out instead of taken from the library's
 * gradients. A call into the binding costs more than the arithmetic of a small network. For the `seed` recipe
 * there are 130 calls instead of 268: 1.5 times faster for one problem with the native binding on a processor,
 * equal for 1024, where arithmetic dominates. Tensors that a layer no longer needs are freed before the next
 * layer.
 */
import type { Architecture } from '../../fit-problem.js'
import { weightShapes } from '../../weights.js'
import type { Scalars } from './scalars.js'
import type { Tensor, TensorLibrary } from './tensor-library.js'

export interface Batch {
  /** [M, count, lookback * features] */
  readonly inputs: Tensor
  /** [M, count, 1] */
  readonly labels: Tensor
  /** Number of samples of each problem. */
  readonly count: number
}

interface Layer {
  /** [M, hidden, inputs] */
  readonly inputHidden: Tensor
  /** [M, hidden, hidden] */
  readonly hiddenHidden: Tensor
  /** Sum of the two biases, [M, 1, hidden]. */
  readonly bias: Tensor
}

const RNN_PARTS = 4

/** Returns the scalars that a network uses for batches of `count` samples; none for a count of 0. */
export function networkScalars(count: number): number[] {
  return count === 0 ? [] : [1, count, 2 / count]
}

/**
 * Layers exchange [M, count, lookback * n]: n numbers for each step, step after step. So all steps of a layer are
 * rows of one matrix, and the unit on top reads a sample's outputs in place.
 */
export class Network {
  readonly #tf: TensorLibrary
  readonly #scalars: Scalars
  readonly #architecture: Architecture
  readonly #problems: number
  readonly #sizes: number[]

  constructor(tf: TensorLibrary, scalars: Scalars, architecture: Architecture, problems: number) {
    this.#tf = tf
    this.#scalars = scalars
    this.#architecture = architecture
    this.#problems = problems
    this.#sizes = weightShapes(architecture).map(({ size }) => size)
  }

  /**
   * Returns the mean squared errors of a batch, [M], and their gradients, [M, weights].
   * @param weights [M, weights], in the order of `weightShapes`
   */
  gradients(weights: Tensor, batch: Batch): [losses: Tensor, gradients: Tensor] {
    const tf = this.#tf
    return tf.tidy(() => {
      const parts = tf.split(weights, this.#sizes, 1)
      const layers = Array.from({ length: this.#architecture.layers }, (_, layer) =>
        this.#layer(parts, layer),
      )
      const sequences: Tensor[] = [batch.inputs]
      for (const layer of layers) sequences.push(this.#states(layer, at(sequences, -1)))
      const [losses, unit, bias, top] = this.#head(at(parts, -2), at(parts, -1), at(sequences, -1), batch)
      const gradients = [unit, bias]
      let arrived = top
      for (const [place, layer] of [...layers.entries()].reverse()) {
        const found = this.#layerGradients(layer, at(sequences, place), at(sequences, place + 1), arrived)
        gradients.unshift(...found.weights)
        if (place > 0) arrived = this.#carriedDown(layer, found.deltas)
      }
      return [losses, tf.concat(gradients, 1)]
    })
  }

  #layer(parts: readonly Tensor[], layer: number): Layer {
    const tf = this.#tf
    const { features, hidden } = this.#architecture
    const [inputHidden, hiddenHidden, inputBias, hiddenBias] = parts.slice(layer * RNN_PARTS) as [
      ...[Tensor, Tensor, Tensor, Tensor],
    ]
    return {
      inputHidden: tf.reshape(inputHidden, [this.#problems, hidden, layer === 0 ? features : hidden]),
      hiddenHidden: tf.reshape(hiddenHidden, [this.#problems, hidden, hidden]),
      bias: tf.reshape(tf.add(inputBias, hiddenBias), [this.#problems, 1, hidden]),
    }
  }

  /** Reshapes [M, count, steps * n] to [M, count * steps, n]. */
  #asRows(sequence: Tensor, steps: number): Tensor {
    const [, count = 0, width = 0] = sequence.shape
    return this.#tf.reshape(sequence, [this.#problems, count * steps, width / steps])
  }

  /** Reshapes [M, count * steps, n] to [M, count, steps * n]. */
  #asSequence(rows: Tensor, steps: number): Tensor {
    const [, height = 0, size = 0] = rows.shape
    return this.#tf.reshape(rows, [this.#problems, height / steps, steps * size])
  }

  /** Splits [M, count, lookback * hidden] into steps of [M, count, hidden]. */
  #steps(sequence: Tensor): Tensor[] {
    const { lookback, hidden } = this.#architecture
    if (lookback === 1) return [sequence]
    const sizes = Array.from({ length: lookback }, () => hidden)
    return this.#tf.split(sequence, sizes, 2)
  }

  #joined(steps: Tensor[]): Tensor {
    return steps.length === 1 ? at(steps, 0) : this.#tf.concat(steps, 2)
  }

  /** Returns a layer's outputs, [M, count, lookback * hidden], for its inputs. */
  #states({ inputHidden, hiddenHidden, bias }: Layer, inputs: Tensor): Tensor {
    const tf = this.#tf
    const { lookback } = this.#architecture
    return tf.tidy(() => {
      const rows = tf.matMul(this.#asRows(inputs, lookback), inputHidden, false, true)
      const states: Tensor[] = []
      for (const own of this.#steps(this.#asSequence(tf.add(rows, bias), lookback))) {
        const before = states.at(-1)
        const sum = before === undefined ? own : tf.add(own, tf.matMul(before, hiddenHidden, false, true))
        states.push(tf.tanh(sum))
      }
      return this.#joined(states)
    })
  }

  /**
   * Runs the unit on top. Returns the losses [M], the gradients of its weights and its bias, and the gradients of
   * the outputs below it.
   */
  #head(
    unit: Tensor,
    bias: Tensor,
    states: Tensor,
    { labels, count }: Batch,
  ): [losses: Tensor, unit: Tensor, bias: Tensor, arrived: Tensor] {
    const tf = this.#tf
    const { lookback, hidden, head } = this.#architecture
    const problems = this.#problems
    const width = lookback * hidden
    return tf.tidy(() => {
      const weights = tf.reshape(unit, [problems, 1, width])
      const sum = tf.add(tf.matMul(states, weights, false, true), tf.reshape(bias, [problems, 1, 1]))
      const output = head === 'sigmoid' ? tf.sigmoid(sum) : sum
      const error: Tensor = tf.sub(output, labels)
      const squares = tf.reshape(tf.square(error), [problems, count])
      const slope: Tensor = tf.mul(error, this.#scalars.of(2 / count))
      const delta =
        head === 'sigmoid' ? tf.mul(slope, tf.mul(output, tf.sub(this.#scalars.of(1), output))) : slope
      return [
        tf.div(tf.sum(squares, 1), this.#scalars.of(count)),
        tf.reshape(tf.matMul(delta, states, true), [problems, width]),
        tf.sum(tf.reshape(delta, [problems, count]), 1, true),
        tf.matMul(delta, weights),
      ]
    })
  }

  /**
   * Computes the gradients of one layer.
   * @param inputs the layer's inputs
   * @param states the layer's outputs
   * @param arrived gradients of `states` from the layer above
   * @returns gradients of its weights, [M, size] in the order of `weightShapes`, and of its sums before the tanh
   */
  #layerGradients(
    { hiddenHidden }: Layer,
    inputs: Tensor,
    states: Tensor,
    arrived: Tensor,
  ): { readonly weights: Tensor[]; readonly deltas: Tensor } {
    const tf = this.#tf
    const { hidden, lookback } = this.#architecture
    const deltas = tf.tidy(() => {
      const slopes = this.#steps(tf.sub(this.#scalars.of(1), tf.square(states)))
      const steps: Tensor[] = []
      let later: Tensor | undefined
      for (const [back, own] of this.#steps(arrived).reverse().entries()) {
        const all: Tensor = later === undefined ? own : tf.add(own, tf.matMul(later, hiddenHidden))
        later = tf.mul(all, at(slopes, -1 - back))
        steps.unshift(later)
      }
      return this.#joined(steps)
    })
    const [input, recurrent, bias] = tf.tidy((): [Tensor, Tensor, Tensor] => [
      this.#product(deltas, inputs, lookback),
      lookback === 1
        ? tf.zeros([this.#problems, hidden * hidden])
        : this.#product(this.#part(deltas, 1), this.#part(states, 0), lookback - 1),
      tf.sum(this.#asRows(deltas, lookback), 1),
    ])
    // Both biases have the same gradient, but each has its own optimiser state.
    return { weights: [input, recurrent, bias, bias], deltas }
  }

  /** Returns all steps but one, starting with `firstStep`. */
  #part(sequence: Tensor, firstStep: number): Tensor {
    const [, count = 0, width = 0] = sequence.shape
    const { hidden } = this.#architecture
    return this.#tf.slice(sequence, [0, 0, firstStep * hidden], [this.#problems, count, width - hidden])
  }

  /** Returns the gradient, [M, size], of the weights between `inputs` and sums with these deltas. */
  #product(deltas: Tensor, inputs: Tensor, steps: number): Tensor {
    const product = this.#tf.matMul(this.#asRows(deltas, steps), this.#asRows(inputs, steps), true)
    const [, rows = 0, columns = 0] = product.shape
    return this.#tf.reshape(product, [this.#problems, rows * columns])
  }

  /** Returns the gradients of a layer's inputs. */
  #carriedDown({ inputHidden }: Layer, deltas: Tensor): Tensor {
    const { lookback } = this.#architecture
    return this.#asSequence(this.#tf.matMul(this.#asRows(deltas, lookback), inputHidden), lookback)
  }
}

function at<Item>(items: readonly Item[], place: number): Item {
  const item = items.at(place)
  if (item === undefined) throw new RangeError(`There is no item ${place} of ${items.length}.`)
  return item
}
