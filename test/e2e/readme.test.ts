import { readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { RECIPES } from '../../src/domain/models/recipe.js'
import { parseRecipeFile } from '../../src/ml/fit/recipe-file.js'
import { createTestPlatform } from '../support/platform.js'
import type { TestPlatform } from '../support/platform.js'

// Compiled tests lie in dist/test/e2e.
const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')
const QUERY = /```graphql\n(.*?)```/gs
const VARIABLE = /^\| `([A-Z_]+)`/gm

/** A recipe's column in the table of recipes, whose last three rows are network, training and members. */
function cellsOf(text: string, recipe: string): Record<string, string | undefined> {
  const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  )
  const at = rows.findIndex((row) => row.includes(`\`${recipe}\``) && row[0] === '')
  const column = rows[at]?.indexOf(`\`${recipe}\``) ?? -1
  const table = rows.slice(at + 2).slice(0, 7)
  const [network, training, members] = table.slice(-3).map((row) => row[column])
  return { network, training, members }
}

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform('2024-07-10T20:00:00+09:00')
  await platform.services.loadSampleMarket()
})
afterAll(async () => {
  await platform.close()
})

describe.each(['README.md', 'README.ko.md'])('%s', (name) => {
  const text = read(name)

  it('has five queries that can be pasted and answer without an error', async () => {
    const documents = [...text.matchAll(QUERY)].map(([, query = '']) => query)
    const queries = documents.filter((document) => !document.startsWith('subscription'))
    expect(queries).toHaveLength(5)
    for (const query of queries) {
      const answer = await platform.ask(query)
      expect({ query, errors: answer.errors }).toEqual({ query, errors: undefined })
    }
  })

  it('has subscriptions that the schema knows', () => {
    const schema = buildSchema(read('src/graphql/schema.graphql'))
    const documents = [...text.matchAll(QUERY)].map(([, query = '']) => query)
    const subscriptions = documents.filter((document) => document.startsWith('subscription'))
    expect(subscriptions.length).toBeGreaterThan(0)
    for (const document of subscriptions) expect(validate(schema, parse(document))).toEqual([])
  })

  it('has a file of recipes that the server takes', () => {
    const files = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, file = '']) => file)
    expect(files).toHaveLength(1)
    for (const file of files) {
      expect(parseRecipeFile(file, name, RECIPES).length).toBeGreaterThan(RECIPES.length)
    }
  })

  it('says of the shipped recipes what they are', () => {
    for (const recipe of RECIPES) {
      expect(text).toContain(`\`${recipe.name}\``)
      const { hidden, epochs, members } = recipe
      expect(cellsOf(text, recipe.name)).toMatchObject({
        network: expect.stringMatching(new RegExp(`\\b${recipe.layers}\\D+${hidden}\\b`)) as string,
        training: expect.stringMatching(new RegExp(`\\b${epochs}\\b`)) as string,
        members: expect.stringMatching(new RegExp(`\\b${members}\\b`)) as string,
      })
    }
  })

  it('lists every environment variable that the configuration reads', () => {
    const source = read('src/config.ts')
    const known = [...source.matchAll(/^ {2}([A-Z_]+): [a-z]/gm)].map(([, variable]) => variable)
    expect(known.length).toBeGreaterThan(5)
    expect([...text.matchAll(VARIABLE)].map(([, variable]) => variable).sort()).toEqual(known.sort())
  })
})
