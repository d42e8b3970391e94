import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const SOURCE = path.resolve(import.meta.dirname, '../../../src')
/** A constant at the top of a file with a literal value: a number, a product of numbers, or a text. */
const CONSTANT = /^(?:export )?const ([A-Z][A-Z0-9_]+) = ([\d_.e*+ -]+|'[^']*'|"[^"]*")$/gm

interface Constant {
  readonly file: string
  readonly name: string
  readonly value: string
}

function constantsOf(folder: string): Constant[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated/'))
    .flatMap((file) =>
      [...readFileSync(path.join(folder, file), 'utf8').matchAll(CONSTANT)].map(
        ([, name = '', value = '']) => ({ file, name, value: value.replaceAll('_', '') }),
      ),
    )
}

describe('constants', () => {
  it.each(['domain', 'market', 'ml', 'db', 'services', 'jobs', 'graphql', 'compose'])(
    'of %s with one name and one value stand in one file of all layers',
    (layer) => {
      const everywhere = constantsOf(SOURCE)
      const own = constantsOf(path.join(SOURCE, layer)).map((one) => ({
        ...one,
        file: path.join(layer, one.file),
      }))
      const repeated = own.filter((one) =>
        everywhere.some(
          (other) => other.name === one.name && other.value === one.value && other.file !== one.file,
        ),
      )
      expect(repeated).toEqual([])
    },
  )
})
