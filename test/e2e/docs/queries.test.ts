/** Queries of the documents are what the schema knows, and answer on the sample market. */
import { buildSchema, parse, validate } from 'graphql'
import { blocks, DOCUMENTS, read } from '../../support/documents.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const SHOWN = DOCUMENTS.flatMap((document) =>
  blocks(read(document), 'graphql').map((query) => ({ document, query, head: query.slice(0, 60) })),
)
const ASKED = SHOWN.filter(({ query }) => !query.startsWith('subscription'))

/** The names in an answer, without its values; of a list, those of its first item. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return null
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]))
}

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
  await platform.services.loadSampleMarket()
})
afterAll(async () => {
  await platform.close()
})

it('documents show queries, mutations and subscriptions', () => {
  expect(ASKED.length).toBeGreaterThan(10)
  expect(SHOWN.length).toBeGreaterThan(ASKED.length)
})

it.each(SHOWN)('$document: the schema knows $head', ({ query }) => {
  const schema = buildSchema(read('src/graphql/schema.graphql'))
  expect(validate(schema, parse(query))).toEqual([])
})

it.each(
  DOCUMENTS.flatMap((document) => {
    const shown = [...read(document).matchAll(/^```graphql\n([^`]*)^```.*?^```json\n([^`]*)^```/gms)]
    return shown.map(([, query = '', answer = '']) => ({ document, query, answer }))
  }),
)('$document: shows an answer with the fields of its query', async ({ query, answer }) => {
  const { data } = await platform.ask(query.replaceAll('"KOSPI"', '"SIM001"'))
  expect(shapeOf(JSON.parse(answer))).toEqual(shapeOf(data))
})

it.each(ASKED)('$document: an answer without errors to $head', async ({ query }) => {
  // The sample market has no KOSPI.
  const { errors, data } = await platform.ask(query.replaceAll('"KOSPI"', '"SIM001"'))
  expect(errors).toBeUndefined()
  expect(data).not.toBeNull()
})
