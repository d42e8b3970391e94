import type { BarColumns } from '../../../../src/domain/bars/bar.js'
import type { Recipe } from '../../../../src/domain/models/recipe.js'
import { SEED_RECIPE } from '../../../../src/domain/models/recipe.js'
import {
  contentHash,
  decodeWeights,
  encodeWeights,
  fingerprintBars,
  recipeHash,
} from '../../../../src/ml/fit/artifact.js'
import { sliceBars } from '../../../../src/ml/samples.js'
import { simulateBars } from '../simulated-bars.js'

const changed: { [Field in keyof Recipe]: Recipe[Field] } = {
  name: 'other',
  description: 'other',
  features: ['open', 'high', 'volume', 'low'],
  label: 'closeReturn',
  scaler: 'standard',
  lookbackBars: 6,
  windowSamples: 201,
  layers: 1,
  hidden: 9,
  head: 'linear',
  epochs: 101,
  batchSize: 21,
  learningRate: 2e-3,
  weightDecay: 0.01,
  gradientClipNorm: 1,
  members: 2,
}

test.each(Object.keys(changed).filter((field) => field !== 'description'))(
  'the hash of a recipe changes with its %s',
  (field) => {
    const other = { ...SEED_RECIPE, [field]: changed[field as keyof Recipe] }
    expect(recipeHash(other)).not.toBe(recipeHash(SEED_RECIPE))
  },
)

test('the hash of a recipe leaves out its description, which changes no fit', () => {
  expect(recipeHash({ ...SEED_RECIPE, description: 'other' })).toBe(recipeHash(SEED_RECIPE))
})

test('the hash of a recipe does not depend on the order of its fields', () => {
  const reversed = Object.fromEntries(Object.entries(SEED_RECIPE).reverse()) as unknown as Recipe
  expect(recipeHash(reversed)).toBe(recipeHash(SEED_RECIPE))
  expect(recipeHash(SEED_RECIPE)).toMatch(/^[0-9a-f]{64}$/)
})

test('the fingerprint changes with any number, any session, and the count of bars', () => {
  const bars = simulateBars(10)
  const seen = new Set([fingerprintBars(bars)])
  for (const column of ['open', 'high', 'low', 'close', 'volume'] as const) {
    seen.add(
      fingerprintBars({ ...bars, [column]: bars[column].with(3, (bars[column][3] ?? 0) + 1e-9 * 2500) }),
    )
  }
  seen.add(
    fingerprintBars({ ...bars, sessions: bars.sessions.with(9, '2021-01-01' as BarColumns['sessions'][0]) }),
  )
  seen.add(fingerprintBars(sliceBars(bars, 0, 8)))
  // A change of 1e-9 of 2,500 is beyond the precision of a volume of 5e8, so volume alone may coincide.
  expect(seen.size).toBeGreaterThanOrEqual(7)
  expect(fingerprintBars(simulateBars(10))).toBe(fingerprintBars(bars))
})

test('weights are little-endian float32 and survive the round trip', () => {
  const weights = Float32Array.of(1, -0.1, 1e-30, 3.4e38)
  const bytes = encodeWeights(weights)
  expect([...bytes.subarray(0, 4)]).toEqual([0, 0, 0x80, 0x3f])
  // As a database driver may return them: a view that does not start at a multiple of 4.
  const shifted = new Uint8Array(bytes.length + 1)
  shifted.set(bytes, 1)
  expect([...decodeWeights(shifted.subarray(1))]).toEqual([...weights])
  expect(() => decodeWeights(bytes.subarray(1))).toThrow('multiple of 4')
})

test('the content hash changes with every part of a version', () => {
  const member = { seed: 1, weights: encodeWeights(Float32Array.of(1, 2)), losses: [0.5, 0.25] }
  const content = {
    scaler: { kind: 'minMax' as const, columns: ['open', 'close'], min: [1, 2], max: [3, 4] },
    members: [member],
    recipeHash: 'r',
    fingerprint: 'f',
    engineVersion: 'wasm-1',
  }
  const variants = [
    content,
    { ...content, scaler: { ...content.scaler, min: [1, 2.5] } },
    { ...content, scaler: { ...content.scaler, max: [3, 4.5] } },
    { ...content, scaler: { ...content.scaler, columns: ['open', 'high'] } },
    {
      ...content,
      scaler: { kind: 'standard' as const, columns: ['open', 'close'], mean: [1, 2], std: [3, 4] },
    },
    {
      ...content,
      scaler: { kind: 'standard' as const, columns: ['open', 'close'], mean: [1, 2], std: [3, 5] },
    },
    { ...content, members: [] },
    { ...content, members: [member, member] },
    { ...content, members: [{ ...member, seed: 2 }] },
    { ...content, members: [{ ...member, weights: encodeWeights(Float32Array.of(1, 3)) }] },
    { ...content, members: [{ ...member, losses: [0.5, 0.2] }] },
    { ...content, recipeHash: 's' },
    { ...content, fingerprint: 'g' },
    { ...content, engineVersion: 'wasm-2' },
  ]
  expect(new Set(variants.map(contentHash)).size).toBe(variants.length)
  expect(contentHash(structuredClone(content))).toBe(contentHash(content))
})
