/** Keyset pagination: bounded pages of an ordered list, requested by the keys before and after them. */

export const MAX_PAGE_SIZE = 1_000

export interface PageRequest<Key> {
  /** At most {@link MAX_PAGE_SIZE}. */
  readonly limit: number
  /** Whether the page is taken from the end of the range. */
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
 * Cuts a page from rows that were read one beyond the limit.
 * @param rows at most `limit + 1` rows in reading order: backwards where `fromEnd`
 */
export function cutPage<Item>(rows: readonly Item[], request: PageRequest<unknown>): Page<Item> {
  const more = rows.length > request.limit
  const kept = rows.slice(0, request.limit)
  return request.fromEnd
    ? { items: kept.reverse(), hasPreviousPage: more, hasNextPage: request.before !== undefined }
    : { items: kept, hasNextPage: more, hasPreviousPage: request.after !== undefined }
}
