/**
 * Scalars: numbers as tensors, each created once and kept on the device.
 *
 * Given a plain number, the library creates a tensor and copies it to the device at every call.
 */
import type { Tensor, TensorLibrary } from './tensor-library.js'

export class Scalars {
  readonly #tf: TensorLibrary
  readonly #made = new Map<number, Tensor>()

  /** Must run outside of every `tidy`, which would free these tensors at its end. */
  constructor(tf: TensorLibrary, values: Iterable<number>) {
    this.#tf = tf
    try {
      for (const value of values) if (!this.#made.has(value)) this.#made.set(value, tf.scalar(value))
    } catch (error) {
      this.dispose()
      throw error
    }
  }

  /**
   * Returns a scalar that was passed to the constructor.
   * @throws RangeError for any other
   */
  of(value: number): Tensor {
    const scalar = this.#made.get(value)
    if (scalar === undefined) throw new RangeError(`The scalar ${value} was not passed to the constructor.`)
    return scalar
  }

  /** Creates a scalar for a single step; the caller's `tidy` frees it. */
  once(value: number): Tensor {
    return this.#tf.scalar(value)
  }

  dispose(): void {
    for (const scalar of this.#made.values()) scalar.dispose()
    this.#made.clear()
  }
}
