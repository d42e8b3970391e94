import { readFileSync } from 'node:fs'
import { createTestPlatform } from '../support/platform.js'
import type { TestPlatform } from '../support/platform.js'

// Compiled tests lie in dist/test/e2e.
const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')
const QUERY = /```graphql\n(.*?)```/gs
const VARIABLE = /^\| `([A-Z_]+)`/gm

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
    const queries = [...text.matchAll(QUERY)].map(([, query = '']) => query)
    expect(queries).toHaveLength(5)
    for (const query of queries) {
      const answer = await platform.ask(query)
      expect({ query, errors: answer.errors }).toEqual({ query, errors: undefined })
    }
  })

  it('lists every environment variable that the configuration reads', () => {
    const source = read('src/config.ts')
    const known = [...source.matchAll(/^ {2}([A-Z_]+): z\b/gm)].map(([, variable]) => variable)
    expect(known.length).toBeGreaterThan(5)
    expect([...text.matchAll(VARIABLE)].map(([, variable]) => variable).sort()).toEqual(known.sort())
  })
})
