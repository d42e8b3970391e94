// Writes src/graphql/schema.graphql from the resolvers, so that a review sees every change of the API.
// With --check it writes nothing and exits 1 where the committed file differs.
import { readFileSync, writeFileSync } from 'node:fs'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { build } from './build.js'

const FILE = new URL('../src/graphql/schema.graphql', import.meta.url)
const HEADER = '# Written by `npm run schema` from the resolvers beside it; do not edit.\n\n'

await build()
const { createSchema } = await import('../dist/src/graphql/server/schema.js')
const text = `${HEADER}${printSchema(lexicographicSortSchema(await createSchema()))}\n`

if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== text) {
    console.error('src/graphql/schema.graphql differs from the resolvers; write it with: npm run schema')
    process.exitCode = 1
  }
} else {
  writeFileSync(FILE, text)
}
