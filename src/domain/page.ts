/** Keyset pagination: a bounded stretch of an ordered list, beside the keys where it was cut. */

export const MAX_PAGE_SIZE = 1_000

export interface PageRequest<Key> {
  /** At most {@link MAX_PAGE_SIZE}. */
  readonly limit: number
  /** Whether the stretch is counted from the end. */
  readonly fromEnd: boolean
  readonly after: Key | undefined
  readonly before: Key | undefined
}

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/**
 * Cuts a page from rows that were read one beyond the limit, in reading order.
 * @param rows at most `limit + 1`, from the end backwards where `fromEnd`
 */
export function cutPage<Item>(rows: readonly Item[], request: PageRequest<unknown>): Page<Item> {
  const more = rows.length > request.limit
  const kept = rows.slice(0, request.limit)
  return request.fromEnd
    ? { items: kept.reverse(), hasPreviousPage: more, hasNextPage: request.before !== undefined }
    : { items: kept, hasNextPage: more, hasPreviousPage: request.after !== undefined }
}
