/** A contender's newest scores, kept both in order of time and sorted, one addition at a time. */
export class ScoreWindow {
  /** Oldest first; those before `first` have left the window. */
  private readonly scores: number[]
  private first: number
  private readonly ascending: Float64Array
  private count: number

  /** @param scores oldest first; only the newest `limit` are kept */
  constructor(
    scores: readonly number[],
    private readonly limit: number,
  ) {
    this.scores = scores.slice(-limit)
    this.first = 0
    this.count = this.scores.length
    this.ascending = new Float64Array(limit)
    this.ascending.set(Float64Array.from(this.scores).sort())
  }

  /** Smallest first; valid until the next {@link add}. */
  get sorted(): Float64Array {
    return this.ascending.subarray(0, this.count)
  }

  /** Oldest first. */
  inOrder(): readonly number[] {
    return this.scores.slice(this.first)
  }

  /** Adds a score; a full window drops its oldest. */
  add(score: number): void {
    if (this.count === this.limit) {
      const leaving = this.placeOf(this.scores[this.first] ?? Number.NaN)
      this.ascending.copyWithin(leaving, leaving + 1, this.count)
      this.first += 1
      this.count -= 1
    }
    const place = this.placeOf(score)
    this.ascending.copyWithin(place + 1, place, this.count)
    this.ascending[place] = score
    this.scores.push(score)
    this.count += 1
  }

  /** Index of the first score that is not smaller. */
  private placeOf(score: number): number {
    let [low, high] = [0, this.count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.ascending[middle] ?? Number.NaN) < score) low = middle + 1
      else high = middle
    }
    return low
  }
}
