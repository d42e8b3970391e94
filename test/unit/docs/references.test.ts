/** What documents refer to is there: links, files, npm scripts, benchmarks, names of the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import {
  anchors,
  codeSpans,
  commandLines,
  DOCUMENTS,
  ENGLISH_PAGES,
  KOREAN_PAGES,
  read,
  ROOT,
  withoutBlocks,
} from '../../support/documents.js'

/** The project's own files, by path. */
const FILES = ['src', 'test', 'bench', 'scripts', 'bin', 'prisma', 'docs', '.ci'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name))),
)
const FILE_NAMES = new Set(FILES.map((file) => path.basename(file)))
const SOURCES = [
  ...FILES.filter((file) => /^(src|test|bench|scripts|prisma)\/.*\.(ts|js|graphql|prisma)$/.test(file)),
  ...['docker-compose.yml', 'Dockerfile', 'package.json', '.npmrc', '.dependency-cruiser.cjs'],
]
  .map((file) => readFileSync(path.join(ROOT, file), 'utf8'))
  .join('\n')

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
const NPM_SCRIPTS = new Set([...Object.keys(scripts), 'ci'])
const BENCHES = new Set(
  readdirSync(path.join(ROOT, 'bench'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.basename(file, '.ts')),
)
/** Names that belong to other programs. */
const FOREIGN = new Set(['GraphQL', 'PGPASSWORD', 'NO_COLOR', 'FinanceDataReader'])

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document)
  const folder = path.dirname(document)

  it('has links that resolve, anchors included', () => {
    const links = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const broken = links.filter((target) => {
      if (/^(https?:|mailto:)/.test(target)) return false
      const [file = '', anchor] = target.split('#')
      const linked = file === '' ? document : path.join(folder, file)
      if (!existsSync(path.join(ROOT, linked))) return true
      return anchor !== undefined && !anchors(read(linked)).includes(decodeURIComponent(anchor))
    })
    expect(broken).toEqual([])
  })

  it('names files that exist', () => {
    const missing = codeSpans(text).filter((span) => {
      if (/^(src|test|bench|scripts|bin|prisma|docs|\.ci)\/[\w./-]*$/.test(span)) {
        return !existsSync(path.join(ROOT, span))
      }
      return (
        /^[\w.-]+\.(ts|js|cjs)$/.test(span) && !FILE_NAMES.has(span) && !existsSync(path.join(ROOT, span))
      )
    })
    expect(missing).toEqual([])
  })

  it('shows npm scripts and benchmarks that exist', () => {
    const unknown = commandLines(text).filter((line) => {
      const [, script] = /\bnpm run (?:--\S+ )*([\w:-]+)/.exec(line) ?? []
      if (script !== undefined && !NPM_SCRIPTS.has(script)) return true
      const [, bench] = /\bnpm run bench -- ([\w-]+)/.exec(line) ?? []
      return bench !== undefined && !BENCHES.has(bench)
    })
    expect(unknown).toEqual([])
  })

  it('names fields, codes and variables that the code has', () => {
    const names = codeSpans(text).flatMap((span) => {
      const [name] = /^[A-Za-z]\w*(?=$|\(|[.:])/.exec(span) ?? []
      return name !== undefined && /[a-z][A-Z]|^[A-Z][A-Z_]{2,}$/.test(name) ? [name] : []
    })
    const words = new Set(SOURCES.match(/\w+/g))
    expect(names.filter((name) => !words.has(name) && !FOREIGN.has(name) && !name.endsWith('_'))).toEqual([])
  })
})

it.each([
  ['README.md', ENGLISH_PAGES],
  ['README.ko.md', KOREAN_PAGES],
])('%s links to every page', (readme, pages) => {
  const text = read(readme)
  expect(pages.filter((page) => !text.includes(`](${page})`))).toEqual([])
})

it('every benchmark is on the page of benchmarks', () => {
  const text = read('docs/benchmarks.md')
  expect([...BENCHES].filter((name) => !text.includes(`| \`${name}\``))).toEqual([])
})
