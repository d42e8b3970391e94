// Read by the Prisma command line only (generate, validate, format); the product itself never loads it.
// Prisma downloads a schema engine before it generates, although generating needs none. Naming any
// executable skips that download, so the build works where only the npm registry can be reached.
import { defineConfig } from 'prisma/config'

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
})
