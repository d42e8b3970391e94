/**
 * Scalars: numbers as tensors, each made once and kept on the device.
 *
 * The library takes plain numbers too, and then makes a tensor and copies it to the device at every call.
 */
import type { Tensor, TensorLibrary } from './tensor-library.js'

export class Scalars {
  readonly #tf: TensorLibrary
  readonly #made = new Map<number, Tensor>()

  /** Make it outside of every `tidy`, or its tensors are freed with that one's. */
  constructor(tf: TensorLibrary, values: Iterable<number>) {
    this.#tf = tf
    try {
      for (const value of values) if (!this.#made.has(value)) this.#made.set(value, tf.scalar(value))
    } catch (error) {
      this.dispose()
      throw error
    }
  }

  /** One that was named to the constructor. */
  of(value: number): Tensor {
    const scalar = this.#made.get(value)
    if (scalar === undefined) throw new RangeError(`There is no scalar ${value}.`)
    return scalar
  }

  /** One for a single step; the caller's `tidy` frees it. */
  once(value: number): Tensor {
    return this.#tf.scalar(value)
  }

  dispose(): void {
    for (const scalar of this.#made.values()) scalar.dispose()
    this.#made.clear()
  }
}
