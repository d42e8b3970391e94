import { readFileSync } from 'node:fs'
import { profile } from '@tensorflow/tfjs-core'
import type { Recipe } from '../../../../../src/domain/models/recipe.js'
import { trainChunk } from '../../../../../src/ml/engine/tensorflow/train-chunk.js'
import { problemFor, SMALL_RECIPE } from '../../simulated-bars.js'
import { cpu, loadBackend } from './tensorflow-cpu-backend.js'

interface PublishedKernels {
  readonly package: string
  readonly version: string
  readonly kernels: readonly string[]
}

const root = new URL('../../../../../../', import.meta.url)
const readJson = (file: string): unknown => JSON.parse(readFileSync(new URL(file, root), 'utf8'))
const published = readJson('test/fixtures/tfjs-node-kernels.json') as PublishedKernels

beforeAll(loadBackend)

const TINY: Recipe = { ...SMALL_RECIPE, windowSamples: 8, batchSize: 5, epochs: 2 }

test.each<[string, Partial<Recipe>]>([
  ['the seed recipe', {}],
  ['a linear head, weight decay and clipping', { head: 'linear', weightDecay: 0.1, gradientClipNorm: 1 }],
  ['one bar and one layer', { lookbackBars: 1, layers: 1, hidden: 1 }],
])('%s: every kernel it runs is one that the native package registers', async (_, changes) => {
  const problems = [1, 2].map((seed) => problemFor({ ...TINY, ...changes }, `fit ${seed}`, seed))
  const { kernelNames } = await profile(() => {
    trainChunk(cpu, problems, { isStopped: () => false, onEpoch: () => undefined })
    return []
  })
  expect(kernelNames).toEqual(expect.arrayContaining(['BatchMatMul', 'GatherV2', 'Tanh']))
  for (const name of kernelNames) expect(published.kernels).toContain(name)
})

test('the list of kernels is of the version that package.json asks for', () => {
  const { optionalDependencies } = readJson('package.json') as {
    readonly optionalDependencies: Readonly<Record<string, string>>
  }
  expect(published.version).toBe(optionalDependencies[published.package])
})
