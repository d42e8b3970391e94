import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { createSchema } from '../../../src/graphql/server/schema.js'

const MAX_SENTENCES = 3
const MAX_LENGTH = 320

/** Phrases that make a reader guess what a field holds. */
const RIDDLES = [
  /\bc[ao]mes? (to|of|out again)\b/i,
  /\b(is|are|was|were) told\b/i,
  /\b(tells?|says?|said|speaks?) (of|that|so|what|why)\b/i,
  /\bwhat it says\b/i,
  /\b(whoever|nobody|somebody|everybody|anybody)\b/i,
  /\b(is|are) worth\b/i,
  /\bwonder\b/i,
  /\b(has|have|had) (come|done|said)\b/i,
  /\bwhat became of\b/i,
  /\bas long as\b/i,
  /\bwhat (executed?|executes|began|asked|follows|was|is)\b/i,
  /^(why|when|who|what|where|how)\b/i,
  /\bin words\b/i,
  /\bdirt\b/i,
  /^of (a|an|the|those) /i,
]

/** Siblings that share a description on purpose, as `Owner.description`, each with its reason. */
const SHARED_DESCRIPTIONS = new Map<string, string>()

interface Described {
  /** Coordinate of the element, such as `Query.bars(asOf:)`. */
  readonly at: string
  /** Coordinate of the element that contains it; undefined for a type. */
  readonly owner?: string
  readonly description: string
}

function describedElements(schema: GraphQLSchema): Described[] {
  const found: Described[] = []
  const add = (at: string, description: string | null | undefined, owner?: string): void => {
    found.push(
      owner === undefined
        ? { at, description: description ?? '' }
        : { at, owner, description: description ?? '' },
    )
  }
  for (const type of Object.values(schema.getTypeMap())) {
    const { name } = type
    if (name.startsWith('__') || isSpecifiedScalarType(type)) continue
    add(name, type.description)
    if (isEnumType(type)) {
      for (const value of type.getValues()) add(`${name}.${value.name}`, value.description, name)
    } else if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        add(`${name}.${field.name}`, field.description, name)
    } else if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        const at = `${name}.${field.name}`
        add(at, field.description, name)
        for (const argument of field.args) add(`${at}(${argument.name}:)`, argument.description, at)
      }
    }
  }
  return found
}

const coordinates = (found: readonly Described[]): string[] =>
  found.map(({ at, description }) => `${at}: ${description}`)

describe('the descriptions of the schema', () => {
  let elements: readonly Described[]
  beforeAll(async () => {
    elements = describedElements(await createSchema())
  })

  it('cover every type, field, argument and enum value', () => {
    expect(elements.length).toBeGreaterThan(400)
    expect(coordinates(elements.filter(({ description }) => description.trim() === ''))).toEqual([])
  })

  it('start with a capital letter and end with a full stop', () => {
    const wrong = elements.filter(({ description }) => !/^[A-Z].*\.$/s.test(description))
    expect(coordinates(wrong)).toEqual([])
  })

  it('have at most three sentences', () => {
    const wrong = elements.filter(
      ({ description }) =>
        description.length > MAX_LENGTH || description.split(/[.!?](?=\s+[A-Z`])/).length > MAX_SENTENCES,
    )
    expect(coordinates(wrong)).toEqual([])
  })

  it('contain no phrase that leaves the reader guessing', () => {
    const wrong = elements.filter(({ description }) => RIDDLES.some((riddle) => riddle.test(description)))
    expect(coordinates(wrong)).toEqual([])
  })

  it('differ between the members of a type and between the arguments of a field', () => {
    const seen = new Set<string>()
    const repeated = elements.filter(({ owner, description }) => {
      if (owner === undefined) return false
      const key = `${owner}.${description}`
      if (seen.has(key)) return !SHARED_DESCRIPTIONS.has(key)
      seen.add(key)
      return false
    })
    expect(coordinates(repeated)).toEqual([])
  })
})
