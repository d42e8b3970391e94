// `npm run bench -- <name>`: runs bench/<name>.ts, which prints a table and, last, one line of JSON. One that needs a
// database takes one of its own, see bench/support/. With `--record`, the JSON is also kept in docs/numbers/<name>.json,
// from which the tables of the docs are checked.
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { build } from './build.js'

const [name = '', ...flags] = process.argv.slice(2)
const args = flags.filter((flag) => flag !== '--record')
const names = readdirSync(new URL('../bench', import.meta.url))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
if (!names.includes(name)) {
  console.error(`Usage: npm run bench -- <name> [--record]; the names are ${names.join(', ')}`)
  process.exit(2)
}
await build()
const module = new URL(`../dist/bench/${name}.js`, import.meta.url)
if (!existsSync(module)) throw new Error(`bench/${name}.ts was not built`)
const { main } = await import(module)

if (flags.includes('--record')) {
  // Figures in seconds mean little where other programs had the machine.
  const [loadBefore = 0] = loadavg()
  const output = await outputOf(() => main(args))
  const recorded = {
    command: ['npm run bench --', name, ...args].join(' '),
    recordedOn: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cores: availableParallelism(),
    loadBefore: Math.round(loadBefore * 10) / 10,
    result: JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''),
  }
  const file = new URL(`../docs/numbers/${name}.json`, import.meta.url)
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
} else {
  await main(args)
}

/** Shows what `run` writes to stdout as usual, and returns it as well. */
async function outputOf(run) {
  const write = process.stdout.write.bind(process.stdout)
  let output = ''
  process.stdout.write = (chunk, ...rest) => {
    output += chunk
    return write(chunk, ...rest)
  }
  try {
    await run()
  } finally {
    process.stdout.write = write
  }
  return output
}
