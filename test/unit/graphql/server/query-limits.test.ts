import { buildSchema, parse, specifiedRules, validate } from 'graphql'
import { QUERY_LIMITS } from '../../../../src/graphql/server/query-limits.js'

const schema = buildSchema('type Query { bar: Bar } type Bar { close: Float, next: Bar }')

const complaints = (query: string): string[] =>
  validate(schema, parse(query), QUERY_LIMITS).map(({ message }) => message)
const aliases = (count: number): string =>
  Array.from({ length: count }, (_, index) => `a${index}: close`).join(' ')
const refusal = (count: number): string =>
  `The operation has ${count} aliases, more than the limit of 50; split it into several requests`

test('an operation with more than 50 aliases is refused with the limit and the remedy', () => {
  expect(complaints(`{ bar { ${aliases(51)} } }`)).toEqual([refusal(51)])
  expect(complaints(`{ bar { ${aliases(50)} } }`)).toEqual([])
})

test('aliases are counted at every depth, inline fragments included', () => {
  const query = `{ one: bar { two: next { ... on Bar { ${aliases(49)} } } } }`
  expect(complaints(query)).toEqual([refusal(51)])
})

test('the aliases of a fragment count wherever it is spread', () => {
  const fragment = `fragment Prices on Bar { ${aliases(20)} }`
  expect(complaints(`{ bar { ...Prices next { ...Prices } } } ${fragment}`)).toEqual([])
  expect(complaints(`{ bar { ...Prices next { ...Prices next { ...Prices } } } } ${fragment}`)).toEqual([
    refusal(60),
  ])
})

test('each operation of a document is counted by itself', () => {
  const operations = ['A', 'B'].map((name) => `query ${name} { bar { ...Prices } }`)
  expect(complaints(`${operations.join(' ')} fragment Prices on Bar { ${aliases(50)} }`)).toEqual([])
  expect(complaints(`${operations.join(' ')} fragment Prices on Bar { ${aliases(51)} }`)).toEqual([
    refusal(51),
    refusal(51),
  ])
})

test('fragments that spread each other in a circle, or do not exist, end the count', () => {
  const circle = `fragment A on Bar { a: close ...B } fragment B on Bar { b: close ...A }`
  expect(complaints(`{ bar { ...A ...B ...Absent } } ${circle}`)).toEqual([])
  const problems = validate(schema, parse(`{ bar { ...A } } ${circle}`), [...specifiedRules, ...QUERY_LIMITS])
  expect(problems.map(({ message }) => message)).toEqual([
    'Cannot spread fragment "A" within itself via "B".',
  ])
})

test('fragments that double at each of a hundred steps are counted at once', () => {
  const steps = Array.from({ length: 100 }, (_, step) => {
    const next = `...F${step + 1}`
    return `fragment F${step} on Bar { next { ${next} } next { ${next} } }`
  })
  const query = `{ bar { ...F0 } } ${steps.join(' ')} fragment F100 on Bar { a: close }`
  expect(complaints(query)).toEqual([
    expect.stringMatching(/^The operation has .* more than the limit of 50/),
  ])
})
