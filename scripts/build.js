// Builds dist/ from the sources: the Prisma client, the WebAssembly kernel, the compiled TypeScript and the
// offline GraphiQL page. Every output remembers the hash of its inputs, so a start after no change compiles
// nothing and a start after one change compiles one file. A file whose size and times are those of its last hash is
// not read again, so a start after no change takes some 30 ms. Types are checked by `npm run check`.
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { createHasher } from './file-hashes.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const run = promisify(execFile)
const MANIFEST = 'dist/.manifest.json'
const STAMPS = 'dist/.stamps.json'
const ASSEMBLY = 'src/ml/engine/wasm/assembly'

/** Paths from the root, in an order of their own. */
export function filesUnder(folder, keep) {
  const absolute = path.join(root, folder)
  if (!existsSync(absolute)) return []
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .filter(keep)
    .sort()
}

function readJson(file) {
  const absolute = path.join(root, file)
  return existsSync(absolute) ? JSON.parse(readFileSync(absolute, 'utf8')) : {}
}

// Programs may be reading dist/, so a file appears whole or not at all.
function writeWhole(file, content) {
  const target = path.join(root, file)
  mkdirSync(path.dirname(target), { recursive: true })
  const temporary = `${target}.${process.pid}`
  writeFileSync(temporary, content)
  renameSync(temporary, target)
}

function typescriptStep(file) {
  const output = `dist/${file.replace(/\.ts$/, '.js')}`
  return {
    output,
    inputs: [file],
    async make() {
      const { transformFile } = await import('@swc/core')
      const { code, map } = await transformFile(path.join(root, file), {
        sourceMaps: true,
        sourceFileName: path.relative(path.dirname(output), file),
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        swcrc: false,
      })
      writeWhole(`${output}.map`, map)
      writeWhole(output, `${code}\n//# sourceMappingURL=${path.basename(output)}.map\n`)
    },
  }
}

function steps() {
  const kernelSources = filesUnder(ASSEMBLY, (file) => file.endsWith('.ts'))
  const sources = ['src', 'test', 'bench'].flatMap((folder) =>
    filesUnder(
      folder,
      (file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith(ASSEMBLY),
    ),
  )
  return [
    ...sources.map(typescriptStep),
    {
      output: 'dist/src/ml/engine/wasm/kernel.wasm',
      inputs: kernelSources,
      async make() {
        const output = 'dist/src/ml/engine/wasm/kernel.wasm'
        mkdirSync(path.dirname(path.join(root, output)), { recursive: true })
        const temporary = `${output}.${process.pid}`
        const flags = [
          '-O3',
          '--runtime',
          'stub',
          '--enable',
          'simd',
          '--disable',
          'relaxed-simd',
          '--noAssert',
        ]
        const asc = path.join(root, 'node_modules/assemblyscript/bin/asc.js')
        const entry = `${ASSEMBLY}/kernel.ts`
        await run(process.execPath, [asc, entry, ...flags, '-o', temporary], { cwd: root })
        renameSync(path.join(root, temporary), path.join(root, output))
      },
    },
    ...pageSteps(),
  ]
}

// The page is compressed once, here; the server sends what a browser accepts. Brotli's highest quality would take
// twenty times as long for a page 10 % smaller.
function pageSteps() {
  const brotliOptions = {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }
  const encodings = {
    '': (page) => page,
    '.br': (page) => brotliCompressSync(page, brotliOptions),
    '.gz': (page) => gzipSync(page, { level: 9 }),
  }
  return Object.entries(encodings).map(([suffix, encode]) => ({
    output: `dist/src/graphql/server/graphiql.html${suffix}`,
    inputs: filesUnder('scripts/graphiql', () => true),
    async make() {
      const { renderPage } = await import('./graphiql/render-page.js')
      writeWhole(`dist/src/graphql/server/graphiql.html${suffix}`, encode(renderPage()))
    },
  }))
}

async function generatePrismaClient(manifest, hashOf) {
  const inputs = ['prisma/schema.prisma', 'package-lock.json']
  const hash = hashOf(inputs)
  const output = 'src/db/generated'
  if (manifest[output] === hash && existsSync(path.join(root, output))) return
  const prisma = path.join(root, 'node_modules/prisma/build/index.js')
  // On Node 20.19 and later any executable satisfies the check that would download an engine; see prisma.config.ts.
  await run(process.execPath, [prisma, 'generate'], { cwd: root })
  manifest[output] = hash
}

/**
 * Brings dist/ up to date.
 * @param {{ force?: boolean, log?: (line: string) => void, onGenerated?: () => void }} options `onGenerated` is called
 *   when all TypeScript is there and nothing is compiled yet
 * @returns {Promise<number>} how many outputs were made
 */
export async function build({ force = false, log = () => {}, onGenerated = () => {} } = {}) {
  if (force) rmSync(path.join(root, 'dist'), { recursive: true, force: true })
  const started = performance.now()
  const manifest = readJson(MANIFEST)
  const { hashOf, stamps } = createHasher(root, readJson(STAMPS))
  await generatePrismaClient(manifest, hashOf)
  onGenerated()
  const all = steps()
  const compiler = hashOf(['scripts/build.js', 'package-lock.json'])
  let made = 0
  for (const step of all) {
    const hash = createHash('sha256').update(compiler).update(hashOf(step.inputs)).digest('hex')
    if (manifest[step.output] === hash && existsSync(path.join(root, step.output))) continue
    await step.make()
    manifest[step.output] = hash
    made += 1
  }
  const outputs = new Set(['src/db/generated', ...all.map((step) => step.output)])
  for (const gone of Object.keys(manifest).filter((output) => !outputs.has(output))) {
    rmSync(path.join(root, gone), { force: true })
    rmSync(path.join(root, `${gone}.map`), { force: true })
    delete manifest[gone]
    made += 1
  }
  if (made > 0) {
    writeWhole(MANIFEST, JSON.stringify(manifest))
    log(`Built ${made} of ${all.length} outputs in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
  }
  const { remembered, isChanged } = stamps()
  if (isChanged) writeWhole(STAMPS, JSON.stringify(remembered))
  return made
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build({ force: process.argv.includes('--force'), log: (line) => process.stdout.write(`${line}\n`) })
}
