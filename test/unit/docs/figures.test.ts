/** Figures, settings and formats in documents are those of the code and of recorded benchmarks. */
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { RECIPES } from '../../../src/domain/models/recipe.js'
import { parseCalendarFile } from '../../../src/domain/calendar/calendar-file.js'
import { parseRecipeFile } from '../../../src/ml/fit/recipe-file.js'
import { ERROR_CODES } from '../../../src/errors.js'
import { blocks, DOCUMENTS, read, ROOT, tables } from '../../support/documents.js'

/**
 * A table and, in a comment before it, where each of its last cells was recorded, row by row: `skill.seed.dmP` is
 * `result.seed.dmP` of docs/numbers/skill.json, and `-` a cell without a recorded figure.
 */
const RECORDED = /<!-- from docs\/numbers: (.*?) -->\s*((?:^\|.*\|$\n?)+)/gms

interface Figure {
  readonly cell: string
  readonly value: unknown
  readonly source: string
}

function figuresOf(text: string): Figure[] {
  return [...text.matchAll(RECORDED)].flatMap(([, keys = '', table = '']) => {
    const rows = tables(table)[0]?.slice(1) ?? []
    const wanted = keys.split(';').map((row) => keysOf(row.trim()))
    if (wanted.length !== rows.length)
      throw new Error(`${wanted.length} rows of keys, ${rows.length} of cells: ${keys}`)
    return wanted.flatMap((paths, at) => {
      const cells = rows[at]?.slice(-paths.length) ?? []
      return paths.flatMap((key, place) =>
        key === '-' ? [] : [{ cell: cells[place] ?? '', value: recordedAt(key), source: key }],
      )
    })
  })
}

/** Keys are split at blanks, and one with blanks in it is quoted. */
function keysOf(row: string): string[] {
  return [...row.matchAll(/"([^"]+)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

function recordedAt(key: string): unknown {
  const [file = '', ...names] = key.split('.')
  const { result } = JSON.parse(read(`docs/numbers/${file}.json`)) as { result: unknown }
  return names.reduce<unknown>(
    (inner, name) => (inner as Record<string, unknown> | undefined)?.[name],
    result,
  )
}

/** Whether a cell such as `80.8 %`, `6,499` or `-0.004` is the value, rounded to the decimals that it shows. */
function shows(cell: string, value: unknown): boolean {
  const [, digits = '', percent] = /^([-+]?[\d,]+(?:\.\d+)?)( %)?/.exec(cell.replaceAll('**', '')) ?? []
  if (digits === '' || typeof value !== 'number') return false
  const decimals = digits.split('.')[1]?.length ?? 0
  const scaled = percent === undefined ? value : value * 100
  return Math.abs(Number(digits.replaceAll(',', '')) - scaled) <= 0.5 * 10 ** -decimals + 1e-9
}

describe.each(DOCUMENTS.filter((document) => read(document).includes('<!-- from ')))('%s', (document) => {
  it('shows the figures that were recorded', () => {
    const figures = figuresOf(read(document))
    expect(figures.length).toBeGreaterThan(0)
    expect(figures.filter(({ cell, value }) => !shows(cell, value))).toEqual([])
  })
})

it('every recorded benchmark names its command, and a document shows it', () => {
  const all = DOCUMENTS.map(read).join('\n')
  for (const file of readdirSync(`${ROOT}docs/numbers`)) {
    const { command } = JSON.parse(read(`docs/numbers/${file}`)) as { command: string }
    expect(command).toMatch(/^npm run bench -- [\w-]+/)
    expect(all).toMatch(new RegExp(`<!-- from docs/numbers: [^>]*\\b${path.basename(file, '.json')}\\.`))
    expect(all).toContain(`\`${command}\``)
  }
})

it('docs/configuration.md lists every environment variable', () => {
  const known = [...read('src/config.ts').matchAll(/^ {2}([A-Z_]+): [a-z]/gm)].map(([, variable]) => variable)
  const listed = [...read('docs/configuration.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(
    ([, variable]) => variable,
  )
  expect(known.length).toBeGreaterThan(5)
  expect(listed.sort()).toEqual(known.sort())
})

it('docs/configuration.md has a calendar file that the server takes', () => {
  const [file = ''] = blocks(read('docs/configuration.md'), 'json')
  expect(parseCalendarFile(file, 'docs/configuration.md').checkedTo).toBe('2027-12-31')
})

describe('docs/recipes.md', () => {
  const text = read('docs/recipes.md')

  it('has a file of recipes that the server takes', () => {
    const files = blocks(text, 'json')
    expect(files).toHaveLength(1)
    for (const file of files) {
      expect(parseRecipeFile(file, 'docs/recipes.md', RECIPES).length).toBeGreaterThan(RECIPES.length)
    }
  })

  it('describes the recipes of its table as they are', () => {
    const table = tables(text).find(([head]) => head?.[0] === '') ?? []
    const row = (name: string): string[] => table.find(([first]) => first?.startsWith(name)) ?? []
    const described = RECIPES.filter(({ name }) => table[0]?.includes(`\`${name}\``))
    expect(described.length).toBeGreaterThan(0)
    for (const { name, layers, hidden, epochs, members, windowSamples } of described) {
      const at = table[0]?.indexOf(`\`${name}\``) ?? -1
      expect(row('network')[at]).toMatch(new RegExp(`\\b${layers}\\D+${hidden}\\b`))
      expect(row('training window')[at]).toMatch(new RegExp(`\\b${windowSamples} samples`))
      expect(row('training')[at]).not.toBe('')
      expect(table.find(([first]) => first === 'training')?.[at]).toMatch(new RegExp(`\\b${epochs} epochs`))
      expect(row('networks')[at]).toMatch(new RegExp(`^${members}\\b`))
    }
  })

  it('lists every field of a recipe', () => {
    const { name, description, ...fields } = RECIPES[0] ?? {}
    for (const field of ['name', 'extends', 'description', ...Object.keys(fields)]) {
      expect(text).toContain(`| \`${field}\``)
    }
    expect([name, description]).not.toContain(undefined)
  })
})

it.each(['docs/graphql-cookbook.md', 'docs/ko/graphql-cookbook.md'])(
  '%s explains every error code',
  (page) => {
    const rows = read(page)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .join('\n')
    expect(ERROR_CODES.filter((code) => !rows.includes(`\`${code}\``))).toEqual([])
  },
)
