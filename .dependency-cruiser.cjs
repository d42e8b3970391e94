// The arrows of ARCHITECTURE.md, enforced: main -> compose -> { graphql, jobs, cli } -> services -> { ml, market, db } -> domain.
const layer = (name, from, forbidden, why) => ({
  name,
  severity: 'error',
  comment: why,
  from: { path: from },
  to: { path: forbidden },
})

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
