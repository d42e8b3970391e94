import { drawBatchOrders } from '../../../src/ml/fit/batch-orders.js'
import { Generator } from '../../../src/ml/generator.js'
import { drawInitialWeights, weightShapes } from '../../../src/ml/weights.js'

function draw(generator: Generator, count: number): number[] {
  return Array.from({ length: count }, () => generator.nextUint32())
}

// Both sequences were computed with the authors' C code.
test('the generator gives the reference outputs of xoshiro128**', () => {
  expect(draw(Generator.fromState([1, 2, 3, 4]), 10)).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ])
  expect(draw(Generator.fromState([0x964d4a0c, 0xd40ab895, 0xad7fdecb, 0x3006f0f0]), 4)).toEqual([
    0xf1391922, 0x6fe53806, 0xa5be2840, 0xf510ee70,
  ])
})

test.each([
  [0, [3737715805, 2584255861, 2876756834, 3286328325]],
  [1, [1695105466, 1423115009, 634581793, 1068227753]],
  [2 ** 53 - 1, [1233166643, 1287031142, 661813442, 2960669951]],
])('seed %p is spread by SplitMix64 as in C', (seed, expected) => {
  expect(draw(Generator.fromSeed(seed), 4)).toEqual(expected)
})

test.each([-1, 0.5, 2 ** 53, NaN])('the seed %p is refused', (seed) => {
  expect(() => Generator.fromSeed(seed)).toThrow('whole number from 0')
})

test('every number below a limit is drawn about equally often', () => {
  const generator = Generator.fromSeed(3)
  const counts = new Array<number>(7).fill(0)
  for (let i = 0; i < 70_000; i++) {
    const drawn = generator.nextBelow(7)
    counts[drawn] = (counts[drawn] ?? NaN) + 1
  }
  // Five standard deviations around 10,000.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(465)
})

test('each epoch visits every sample once, in an order of its own', () => {
  const orders = drawBatchOrders(3, 50, Generator.fromSeed(9))
  const epochs = [0, 1, 2].map((epoch) => [...orders.subarray(epoch * 50, (epoch + 1) * 50)])
  const all = Array.from({ length: 50 }, (_, i) => i)
  for (const order of epochs) {
    expect(order).not.toEqual(all)
    expect(order.toSorted((a, b) => a - b)).toEqual(all)
  }
  expect(epochs[0]).not.toEqual(epochs[1])
  expect(epochs[1]).not.toEqual(epochs[2])
})

test('the first of three samples comes first in a third of the orders', () => {
  const orders = drawBatchOrders(30_000, 3, Generator.fromSeed(4))
  const first = orders.filter((sample, place) => place % 3 === 0 && sample === 0).length
  expect(Math.abs(first - 10_000)).toBeLessThan(410)
})

test("weights have PyTorch's names, shapes and bounds", () => {
  const architecture = { features: 4, lookback: 5, layers: 2, hidden: 8, head: 'sigmoid' } as const
  const shapes = weightShapes(architecture)
  expect(shapes.map(({ name, shape }) => [name, ...shape])).toEqual([
    ['rnn.weight_ih_l0', 8, 4],
    ['rnn.weight_hh_l0', 8, 8],
    ['rnn.bias_ih_l0', 8],
    ['rnn.bias_hh_l0', 8],
    ['rnn.weight_ih_l1', 8, 8],
    ['rnn.weight_hh_l1', 8, 8],
    ['rnn.bias_ih_l1', 8],
    ['rnn.bias_hh_l1', 8],
    ['fc.0.weight', 1, 40],
    ['fc.0.bias', 1],
  ])
  const weights = drawInitialWeights(architecture, Generator.fromSeed(5))
  expect(weights).toHaveLength(297)
  for (const { name, offset, size } of shapes) {
    const bound = name.startsWith('rnn') ? 1 / Math.sqrt(8) : 1 / Math.sqrt(40)
    const part = weights.subarray(offset, offset + size)
    expect(Math.max(...part.map(Math.abs))).toBeLessThanOrEqual(bound)
    if (size >= 32) expect(Math.max(...part.map(Math.abs))).toBeGreaterThan(0.8 * bound)
  }
})
