/**
 * Lists as Relay cursor connections (https://relay.dev/graphql/connections.htm): arguments in, edges out.
 *
 * A cursor is the key of its node under the name of its list, base64url, and means nothing to clients.
 */
import { ArgsType, Field, Int, ObjectType } from 'type-graphql'
import { MAX_PAGE_SIZE } from '../domain/page.js'
import type { Page, PageRequest } from '../domain/page.js'
import { sanitizeText } from '../domain/sanitize-text.js'
import { KospigraphError } from '../errors.js'
import { readKeyNumber } from './id.js'

const DEFAULT_PAGE_SIZE = 100

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: `At most this many from the start of the list; ${DEFAULT_PAGE_SIZE} by default, ${MAX_PAGE_SIZE} at most.`,
  })
  first?: number | null

  @Field(() => String, { nullable: true, description: 'Only what comes after this cursor.' })
  after?: string | null

  @Field(() => Int, {
    nullable: true,
    description: `At most this many from the end of the list, in list order; ${MAX_PAGE_SIZE} at most.`,
  })
  last?: number | null

  @Field(() => String, { nullable: true, description: 'Only what comes before this cursor.' })
  before?: string | null
}

@ObjectType({ description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field({ description: 'Whether the list goes on after this page.' })
  hasNextPage!: boolean

  @Field({ description: 'Whether the list has something before this page.' })
  hasPreviousPage!: boolean

  @Field(() => String, { nullable: true, description: 'Cursor of the first node.' })
  startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'Cursor of the last node.' })
  endCursor!: string | null
}

export interface CursorCodec<Key> {
  encode(key: Key): string
  /** Undefined where the text is no cursor of this list. */
  decode(text: string): Key | undefined
}

/**
 * A codec for keys that are a few strings.
 * @param list what the cursors belong to, so that one list's cursor is refused by another
 * @param parse the key, or undefined where the parts are not one
 */
export function cursorCodec<Key>(
  list: string,
  parts: (key: Key) => readonly string[],
  parse: (parts: readonly string[]) => Key | undefined,
): CursorCodec<Key> {
  return {
    encode: (key) => Buffer.from([list, ...parts(key)].join('|')).toString('base64url'),
    decode: (text) => {
      const [name, ...rest] = Buffer.from(text, 'base64url').toString('utf8').split('|')
      return name === list ? parse(rest) : undefined
    },
  }
}

/** A codec for keys that are a whole number from 0. */
export function numberCursor(list: string): CursorCodec<number> {
  return cursorCodec(
    list,
    (key) => [String(key)],
    ([key]) => readKeyNumber(key),
  )
}

/** @throws KospigraphError BAD_USER_INPUT naming the argument that is wrong */
export function pageRequest<Key>(args: PageArgs, codec: CursorCodec<Key>): PageRequest<Key> {
  const { first, last } = args
  if (first != null && last != null) {
    throw new KospigraphError('BAD_USER_INPUT', 'first and last: give one of them, not both')
  }
  for (const [name, value] of [
    ['first', first],
    ['last', last],
  ] as const) {
    if (value != null && (value < 0 || value > MAX_PAGE_SIZE)) {
      throw new KospigraphError('BAD_USER_INPUT', `${name}: ${value} is not between 0 and ${MAX_PAGE_SIZE}`)
    }
  }
  return {
    limit: last ?? first ?? DEFAULT_PAGE_SIZE,
    fromEnd: last != null,
    after: readCursor('after', args.after, codec),
    before: readCursor('before', args.before, codec),
  }
}

/** @throws KospigraphError BAD_USER_INPUT naming the argument where its text is no cursor of this list */
export function readCursor<Key>(
  name: string,
  text: string | null | undefined,
  codec: CursorCodec<Key>,
): Key | undefined {
  if (text == null) return undefined
  const key = codec.decode(text)
  if (key === undefined) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${name}: "${sanitizeText(text)}" is not a cursor of this list`,
    )
  }
  return key
}

export interface Edge<Node> {
  readonly node: Node
  readonly cursor: string
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[]
  readonly pageInfo: PageInfo
}

export function toConnection<Item, Node, Key>(
  page: Page<Item>,
  codec: CursorCodec<Key>,
  keyOf: (item: Item) => Key,
  toNode: (item: Item) => Node,
): Connection<Node> {
  const edges = page.items.map((item) => ({ node: toNode(item), cursor: codec.encode(keyOf(item)) }))
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

type NodeClass<Node extends object> = abstract new (...args: never[]) => Node

/** The edge type of a node type; a topic names it by extending it. */
export function edgeType<Node extends object>(node: NodeClass<Node>) {
  @ObjectType()
  abstract class NodeEdge implements Edge<Node> {
    @Field(() => node, { description: 'The item itself.' })
    node!: Node

    @Field({ description: 'Where the item lies in the list, for `after` and `before`.' })
    cursor!: string
  }
  return NodeEdge
}

/** The connection type of an edge type; a topic names it by extending it. */
export function connectionType<Node extends object>(edge: NodeClass<Edge<Node>>) {
  @ObjectType()
  abstract class NodeConnection implements Connection<Node> {
    @Field(() => [edge], { description: 'The page.' })
    edges!: readonly Edge<Node>[]

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo!: PageInfo
  }
  return NodeConnection
}
