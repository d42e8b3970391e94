/**
 * Lists as Relay cursor connections (https://relay.dev/graphql/connections.htm).
 *
 * A cursor is the base64url of the list's name and the node's key. Clients treat it as opaque.
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
    description: `Page size counted from the start of the list, from 0 to ${MAX_PAGE_SIZE}. The default is ${DEFAULT_PAGE_SIZE}. Give either \`first\` or \`last\`.`,
  })
  first?: number | null

  @Field(() => String, { nullable: true, description: 'Return only the items after this cursor.' })
  after?: string | null

  @Field(() => Int, {
    nullable: true,
    description: `Page size counted from the end of the list, from 0 to ${MAX_PAGE_SIZE}. The items keep the order of the list.`,
  })
  last?: number | null

  @Field(() => String, { nullable: true, description: 'Return only the items before this cursor.' })
  before?: string | null
}

@ObjectType({ description: 'Position of a page in its list.' })
export class PageInfo {
  @Field({ description: 'Whether more items follow this page.' })
  hasNextPage!: boolean

  @Field({ description: 'Whether more items precede this page.' })
  hasPreviousPage!: boolean

  @Field(() => String, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'Cursor of the last item; null on an empty page.' })
  endCursor!: string | null
}

export interface CursorCodec<Key> {
  encode(key: Key): string
  /** Returns undefined if the text is not a cursor of this list. */
  decode(text: string): Key | undefined
}

/**
 * A codec for keys made of a few strings.
 * @param list name of the list; a cursor of another list is refused
 * @param parse returns the key, or undefined if the parts do not form one
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

/** A codec for keys that are whole numbers from 0. */
export function numberCursor(list: string): CursorCodec<number> {
  return cursorCodec(
    list,
    (key) => [String(key)],
    ([key]) => readKeyNumber(key),
  )
}

/** @throws KospigraphError BAD_USER_INPUT that names the invalid argument */
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

/** @throws KospigraphError BAD_USER_INPUT that names the argument if its text is not a cursor of this list */
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

/** The edge type of a node type. Each topic extends it to give it a name. */
export function edgeType<Node extends object>(node: NodeClass<Node>) {
  @ObjectType()
  abstract class NodeEdge implements Edge<Node> {
    @Field(() => node, { description: 'The item.' })
    node!: Node

    @Field({ description: 'Cursor of the item, for the arguments `after` and `before`.' })
    cursor!: string
  }
  return NodeEdge
}

/** The connection type of an edge type. Each topic extends it to give it a name. */
export function connectionType<Node extends object>(edge: NodeClass<Edge<Node>>) {
  @ObjectType()
  abstract class NodeConnection implements Connection<Node> {
    @Field(() => [edge], { description: 'Items of the page, each with its cursor.' })
    edges!: readonly Edge<Node>[]

    @Field(() => PageInfo, { description: 'Position of the page in the list.' })
    pageInfo!: PageInfo
  }
  return NodeConnection
}
