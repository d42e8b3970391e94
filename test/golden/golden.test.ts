import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createWasmEngine } from '../../src/ml/engine/wasm/wasm-engine.js'
import { compare } from './compare.js'
import { barsOf } from './golden-bars.js'
import { readGolden } from './golden-file.js'

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

test.each(files.map((file) => [path.basename(file), file]))(
  '%s: the losses and predictions of PyTorch are reproduced',
  async (_, file) => {
    const golden = readGolden(file)
    const bars = barsOf(golden, { dataFolder: path.join(shared, 'data'), csvFile: undefined })
    const { lossDifference, predictionDifference } = await compare(engine, golden, bars)
    expect(lossDifference).toBeLessThan(BOUND)
    expect(predictionDifference).toBeLessThan(BOUND)
  },
)

// PyTorch's recordings over real bars may not be redistributed, so a plain clone has only our simulated ones.
const withShared = existsSync(path.join(shared, 'golden')) ? test : test.skip
withShared('the shared trajectories are among them (skipped where ../shared is absent)', () => {
  expect(files.length).toBeGreaterThanOrEqual(7)
})
