// `npm run graph`: draws docs/images/dependencies.svg, the imports of src between layers and between topics. Both parts
// are counted from the code, so an import that goes against the order of ARCHITECTURE.md shows, in red.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { instance } from '@viz-js/viz'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const PICTURE = 'docs/images/dependencies.svg'
/** From the top to the bottom; layers of one rank do not import each other. */
const LAYER_RANKS = [
  ['main'],
  ['compose'],
  ['graphql', 'jobs', 'cli'],
  ['services'],
  ['ml', 'market', 'db'],
  ['domain'],
]
const TOPIC_RANKS = [['nights', 'backtests'], ['forecasts'], ['models'], ['bars'], ['queue'], ['calendar']]
/** Folders whose topic has another name there. */
const TOPIC_OF = { fit: 'models', sync: 'bars' }
/** Command lines with thousands of modules print megabytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

async function readModules() {
  const cruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [cruiser, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json']
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  return JSON.parse(stdout).modules
}

/** `src/db/bars/bar-reader.ts` → db; `src/main.ts` → main. */
function layerOf(file) {
  const [, first = ''] = file.split('/')
  return first.replace(/\.ts$/, '')
}

/** `src/db/bars/bar-reader.ts` → bars. */
function topicOf(file) {
  const [, , folder = ''] = file.split('/')
  return TOPIC_OF[folder] ?? folder
}

/** How often files of one group import files of another, by `from to`. */
function countImports(modules, groupOf, groups) {
  const counts = new Map()
  for (const { source, dependencies } of modules) {
    for (const { resolved } of dependencies) {
      const [from, to] = [groupOf(source), groupOf(resolved)]
      if (from === to || !groups.includes(from) || !groups.includes(to)) continue
      const edge = `${from} ${to}`
      counts.set(edge, (counts.get(edge) ?? 0) + 1)
    }
  }
  return counts
}

/** @param ranks groups from the top down: an import may only go down */
function cluster(name, ranks, counts) {
  const rankOf = (group) => ranks.findIndex((rank) => rank.includes(group))
  const id = (group) => `"${name} ${group}"`
  const edges = [...counts].map(([edge, count]) => {
    const [from = '', to = ''] = edge.split(' ')
    const down = rankOf(from) < rankOf(to)
    const width = (0.6 + Math.log10(count)).toFixed(2)
    const colour = down ? '' : ' color="#c92a2a" fontcolor="#c92a2a" constraint=false'
    return `${id(from)} -> ${id(to)} [label=" ${count}" penwidth=${width}${colour}]`
  })
  return [
    `subgraph "cluster ${name}" {`,
    `label="${name}"; color="#ced4da"; style=rounded`,
    ...ranks.map(
      (rank) => `{ rank=same; ${rank.map((group) => `${id(group)} [label="${group}"]`).join('; ')} }`,
    ),
    // Ranks stand below each other even where nothing is imported.
    ...ranks.slice(1).map((rank, at) => `${id(ranks[at][0])} -> ${id(rank[0])} [style=invis]`),
    ...edges,
    '}',
  ].join('\n')
}

const modules = await readModules()
const layers = countImports(modules, layerOf, LAYER_RANKS.flat())
const topics = countImports(modules, topicOf, TOPIC_RANKS.flat())
const dot = `digraph {
  graph [fontname="sans-serif" fontsize=14 nodesep=0.5 ranksep=0.6 bgcolor=white]
  node [shape=box style="rounded,filled" fillcolor="#f1f3f5" color="#495057" fontname="sans-serif" fontsize=13 margin="0.2,0.06"]
  edge [color="#868e96" fontcolor="#495057" fontname="sans-serif" fontsize=10 arrowsize=0.7]
  ${cluster('layers', LAYER_RANKS, layers)}
  ${cluster('topics', TOPIC_RANKS, topics)}
  "layers domain" -> "topics nights" [style=invis]
}`
const viz = await instance()
await writeFile(path.join(root, PICTURE), viz.renderString(dot, { format: 'svg', engine: 'dot' }))
console.log(`${PICTURE}: ${modules.filter(({ source }) => source.startsWith('src/')).length} files`)
