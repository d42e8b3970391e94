import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createWasmEngine } from '../../src/ml/engine/wasm/wasm-engine.js'
import { compare } from './compare.js'
import { barsOf } from './golden-bars.js'
import { readGolden, unsupportedBy } from './golden-file.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const shared = path.resolve(root, '../shared')
const fixtures = path.join(root, 'test/fixtures')
const files = [fixtures, path.join(shared, 'golden')]
  .filter((folder) => existsSync(folder))
  .flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => folder !== fixtures || file.startsWith('golden'))
      .filter((file) => file.endsWith('.json'))
      .map((file) => path.join(folder, file)),
  )

const engine = createWasmEngine({ threads: 1 })
afterAll(() => engine.close())

// Half of the documented tolerance, and ten times the measured difference.
const BOUND = 1e-5

const goldens = files.map((file) => readGolden(file))
const supported = goldens.filter((golden) => unsupportedBy(golden) === undefined)
const unsupported = goldens.filter((golden) => unsupportedBy(golden) !== undefined)

test.each(supported.map((golden) => [golden.name, golden] as const))(
  '%s: the losses and predictions of PyTorch are reproduced',
  async (_, golden) => {
    const bars = barsOf(golden, { dataFolder: path.join(shared, 'data'), csvFile: undefined })
    const { lossDifference, predictionDifference } = await compare(engine, golden, bars)
    expect(lossDifference).toBeLessThan(BOUND)
    expect(predictionDifference).toBeLessThan(BOUND)
  },
)

// Recordings of architectures that the engines lack; the name gives the reason.
for (const golden of unsupported) {
  test.skip(`${golden.name}: ${unsupportedBy(golden) ?? ''}`, () => undefined)
}

// PyTorch's recordings over real bars may not be redistributed, so a plain clone has only our simulated ones.
const withShared = existsSync(path.join(shared, 'golden')) ? test : test.skip
withShared('the shared trajectories are among them (skipped where ../shared is absent)', () => {
  expect(supported.length).toBeGreaterThanOrEqual(7)
})
