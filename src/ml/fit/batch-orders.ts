/** Batch orders: the order in which each epoch visits the samples. */
import type { Generator } from '../generator.js'

/**
 * Draws one shuffle of all samples for each epoch, [epochs, sampleCount].
 *
 * Durstenfeld's form of the Fisher-Yates shuffle (Knuth, TAOCP 2, algorithm P). Each epoch shuffles 0..n-1 anew,
 * so it depends on earlier epochs only through the generator.
 */
export function drawBatchOrders(epochs: number, sampleCount: number, generator: Generator): Uint16Array {
  const orders = new Uint16Array(epochs * sampleCount)
  for (let start = 0; start < orders.length; start += sampleCount) {
    for (let i = 0; i < sampleCount; i++) {
      const j = generator.nextBelow(i + 1)
      // The inside-out variant fills and shuffles in one pass.
      orders[start + i] = orders[start + j] ?? 0
      orders[start + j] = i
    }
  }
  return orders
}
