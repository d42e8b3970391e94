/**
 * The random number generator, xoshiro128** seeded by SplitMix64; fits have no other source of randomness.
 *
 * Blackman and Vigna, "Scrambled linear pseudorandom number generators" (ACM TOMS 47, 2021), version 1.1 of
 * https://prng.di.unimi.it/xoshiro128starstar.c. The four words of state are the halves (low first) of the first
 * two outputs of https://prng.di.unimi.it/splitmix64.c. All arithmetic is on 32-bit integers, so every machine
 * draws the same numbers. PCG32 needs a 64-bit product, which JavaScript has only as BigInt.
 */

const MASK_64 = (1n << 64n) - 1n
const WORD = 2 ** 32

/** Returns two 64-bit outputs of SplitMix64 as four 32-bit words. */
function splitMix64(seed: bigint): [number, number, number, number] {
  let state = seed & MASK_64
  const next = (): [number, number] => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK_64
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64
    z ^= z >> 31n
    return [Number(z & 0xffffffffn), Number(z >> 32n)]
  }
  return [...next(), ...next()]
}

export class Generator {
  #a: number
  #b: number
  #c: number
  #d: number

  private constructor(state: readonly [number, number, number, number]) {
    ;[this.#a, this.#b, this.#c, this.#d] = state
  }

  /**
   * Starts a generator from one seed.
   * @param seed a whole number from 0 to 2^53 - 1
   * @throws RangeError for any other seed
   */
  static fromSeed(seed: number): Generator {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`The seed is ${seed}; it must be a whole number from 0 to 2^53 - 1.`)
    }
    return new Generator(splitMix64(BigInt(seed)))
  }

  /** Starts a generator from a state of four 32-bit words, not all zero, like the reference implementation. */
  static fromState(state: readonly [number, number, number, number]): Generator {
    return new Generator(state)
  }

  /** Returns the next 32 bits as a whole number. */
  nextUint32(): number {
    const product = Math.imul(this.#b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** Returns a number in [0, 1), uniform on the grid of 2^-32 and exact in double precision. */
  nextUniform(): number {
    return this.nextUint32() / WORD
  }

  /**
   * Returns a whole number in 0..limit-1, uniform and without bias. `limit` must be below 2^21, where the product
   * is exact in double precision.
   * Lemire, "Fast random integer generation in an interval" (ACM TOMACS 29, 2019), algorithm 5.
   */
  nextBelow(limit: number): number {
    for (;;) {
      const product = this.nextUint32() * limit
      const high = Math.floor(product / WORD)
      const low = product - high * WORD
      // Products whose low word is below 2^32 mod limit are biased. The remainder is slow, so it is computed only
      // for candidates.
      if (low >= limit || low >= WORD % limit) return high
    }
  }
}
