/** Finds the name nearest to a mistyped one, by the number of letters that differ. */

/** Longer texts are no codes or names. */
const MAX_LENGTH = 60
const MAX_CHANGES = 3
/** Most names compared; several times as many as the exchange lists. */
const MAX_CANDIDATES = 100_000

/**
 * Returns the candidate that takes the fewest changes: letters added, left out, replaced, or swapped with the next. At
 * most one change in three letters is allowed; the first of several equally near ones is returned.
 */
export function nearest<Candidate>(
  text: string,
  candidates: Iterable<Candidate>,
  textOf: (candidate: Candidate) => string,
  maxChanges = MAX_CHANGES,
): Candidate | undefined {
  if (text.length > MAX_LENGTH) return undefined
  let limit = Math.min(maxChanges, Math.floor(text.length / 3))
  let best: Candidate | undefined
  let compared = 0
  for (const candidate of candidates) {
    if (limit < 0 || ++compared > MAX_CANDIDATES) break
    const changes = changesBetween(text, textOf(candidate), limit)
    if (changes > limit) continue
    best = candidate
    limit = changes - 1
  }
  return best
}

/** @returns the number of changes, or any number above `limit` where it takes more */
function changesBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let at = 1; at <= b.length; at += 1) {
      const isSame = a[row - 1] === b[at - 1]
      let changes = Math.min(
        (previous[at] ?? 0) + 1,
        (current[at - 1] ?? 0) + 1,
        (previous[at - 1] ?? 0) + (isSame ? 0 : 1),
      )
      const isSwapped = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1]
      if (isSwapped) changes = Math.min(changes, (before[at - 2] ?? 0) + 1)
      current.push(changes)
    }
    if (Math.min(...current) > limit) return limit + 1
    before = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
