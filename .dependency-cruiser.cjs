// The two arrows of ARCHITECTURE.md, enforced.
// Layers: main -> compose -> { graphql, jobs, cli } -> services -> { ml, market, db } -> domain.
// Topics: calendar <- queue <- bars <- sync <- models <- forecasts <- { nights, backtests }, within and across layers.
const layer = (name, from, forbidden, why) => ({
  name,
  severity: 'error',
  comment: why,
  from: { path: from },
  to: { path: forbidden },
})

/** Folder names by rank: a topic may import its own rank's folder and lower ranks. `fit` is what `models` is called in ml. */
const TOPIC_RANKS = [
  ['calendar'],
  ['queue'],
  ['bars'],
  ['sync'],
  ['models', 'fit'],
  ['forecasts'],
  ['nights', 'backtests'],
]
const LAYERS_WITH_TOPICS = 'domain|ml|db|services|graphql|cli'

/** One rule a topic: what stands above it, or beside it, is out of reach. */
const topics = TOPIC_RANKS.flatMap((names, rank) =>
  names.map((name) => {
    const beside = names.filter((other) => other !== name && !['models', 'fit'].includes(other))
    const above = TOPIC_RANKS.slice(rank + 1).flat()
    // Screens and commands about bars include those that fetch them.
    const reach = [...beside, ...above].filter((other) => !(name === 'bars' && other === 'sync'))
    return {
      name: `${name}-knows-lower-topics`,
      severity: 'error',
      comment: `${name} stands below ${reach.join(', ') || 'nothing'}.`,
      from: { path: `^src/(${LAYERS_WITH_TOPICS})/${name}/` },
      to: { path: `^src/[a-z]+/(${reach.join('|') || '-'})/` },
    }
  }),
)

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    layer(
      'domain-is-pure',
      '^src/domain/',
      '^src/(?!domain/|errors\\.ts)',
      'Rules depend on nothing but rules.',
    ),
    layer(
      'ml-is-pure',
      '^src/ml/',
      '^src/(?!ml/|domain/|errors\\.ts)',
      'Arrays and a seed in, plain data out.',
    ),
    layer(
      'market-knows-no-storage',
      '^src/market/',
      '^src/(?!market/|domain/|errors\\.ts)',
      'Where bars come from.',
    ),
    layer(
      'db-knows-no-use-case',
      '^src/db/',
      '^src/(?!db/|domain/|errors\\.ts|logger\\.ts)',
      'Storage decides nothing.',
    ),
    layer(
      'services-know-no-edge',
      '^src/services/',
      '^src/(graphql|jobs|cli|main\\.ts|compose|config\\.ts)',
      'Use cases do not parse.',
    ),
    layer(
      'edges-are-apart',
      '^src/graphql/',
      '^src/(jobs|cli|db|ml|market|main\\.ts|compose)',
      'Edges talk to services.',
    ),
    layer('cli-is-an-edge', '^src/cli/', '^src/(jobs|graphql|db|ml|main\\.ts)', 'Edges talk to services.'),
    layer('only-main-composes', '^src/(?!main\\.ts|compose/)', '^src/compose/', 'One place wires things.'),
    ...topics,
    {
      name: 'bars-do-not-fetch',
      severity: 'error',
      comment: 'Fetching rests on ingesting, never the other way.',
      from: { path: '^src/(domain|db|services)/bars/' },
      to: { path: '^src/[a-z]+/sync/' },
    },
    {
      name: 'backtests-beside-forecasts',
      severity: 'error',
      comment: 'A backtest replays forecasts without the code that issues them; ml lends it the intervals.',
      from: { path: '^src/(domain|db|services|graphql|cli)/backtests/' },
      to: { path: '^src/(domain|db|services|graphql|cli)/forecasts/' },
    },
    {
      name: 'layer-roots-know-no-topic',
      severity: 'error',
      comment: 'What belongs to every topic rests on none. Types of the engine and of bars are data.',
      from: { path: '^src/(domain|db|services|ml)/[^/]+\\.ts$' },
      to: {
        path: '^src/(domain|db|services|ml)/[a-z]+/',
        pathNot: '^src/domain/|^src/db/(generated|postgres)/',
      },
    },
    {
      name: 'domain-root-knows-no-topic',
      severity: 'error',
      from: { path: '^src/domain/[^/]+\\.ts$' },
      to: { path: '^src/domain/[a-z]+/' },
    },
    {
      name: 'ml-engine-and-metrics-are-lowest',
      severity: 'error',
      comment: 'An engine executes fit problems; it does not build them.',
      from: { path: '^src/ml/(engine|metrics)/' },
      to: { path: '^src/ml/(fit|forecasts|backtests)/' },
    },
    {
      name: 'postgres-knows-no-topic',
      severity: 'error',
      from: { path: '^src/db/postgres/' },
      to: { path: '^src/db/(?!postgres/|generated/)' },
    },
    {
      name: 'prisma-and-pg-stay-in-db',
      severity: 'error',
      from: { path: '^src/(?!db/)' },
      to: { path: 'node_modules/(pg|pg-copy-streams|@prisma)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'src/db/generated|src/ml/engine/wasm/assembly' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'node'] },
  },
}
