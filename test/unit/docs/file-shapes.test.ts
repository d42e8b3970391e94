import { readFileSync } from 'node:fs'
import path from 'node:path'
import { FILE_SHAPES, shapeCells } from '../../support/file-shapes.js'

const ROOT = path.resolve(import.meta.dirname, '../../../..')

it.each(['docs/file-shapes.md', 'docs/ko/file-shapes.md'])(
  '%s shows every shape and what it becomes',
  (page) => {
    const rows = readFileSync(path.join(ROOT, page), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim().replaceAll('`', '')),
      )
    expect(rows.slice(2)).toEqual(FILE_SHAPES.map((shape) => [...shapeCells(shape)]))
  },
)

it('has at least forty shapes', () => {
  expect(FILE_SHAPES.length).toBeGreaterThanOrEqual(40)
})
