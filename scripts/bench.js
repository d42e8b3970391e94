// `npm run bench -- <name>`: runs bench/<name>.ts, which prints a table and, last, one line of JSON. One that needs a
// database takes one of its own, see bench/support/.
import { existsSync, readdirSync } from 'node:fs'
import { build } from './build.js'

const [name = '', ...args] = process.argv.slice(2)
const names = readdirSync(new URL('../bench', import.meta.url))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- <name>; the benchmarks are ${names.join(', ')}`)
  process.exit(2)
}
await build()
const module = new URL(`../dist/bench/${name}.js`, import.meta.url)
if (!existsSync(module)) throw new Error(`bench/${name}.ts was not built`)
const { main } = await import(module)
await main(args)
