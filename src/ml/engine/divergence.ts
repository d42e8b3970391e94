/**
 * Divergence: when every engine abandons a fit.
 *
 * Scaled labels are of order one, and so is the loss of any network that has begun to learn. A fit has diverged
 * where a loss or a weight is not finite, or where an epoch's mean loss is above 1 and more than a thousand times
 * the first epoch's.
 */

const TOO_LARGE = 1
const TOO_MUCH_GROWTH = 1000

/** Returns why the mean loss of `epoch` (from 1) means divergence, or undefined. `firstLoss` is that of epoch 1. */
export function lossViolation(epoch: number, loss: number, firstLoss: number): string | undefined {
  if (!Number.isFinite(loss)) return `the loss of epoch ${epoch} is ${loss}`
  if (loss > TOO_LARGE && loss > TOO_MUCH_GROWTH * firstLoss) {
    return `the loss of epoch ${epoch} is ${loss.toPrecision(3)}, over ${TOO_MUCH_GROWTH} times the first epoch's ${firstLoss.toPrecision(3)}`
  }
  return undefined
}

/** Returns why the weights mean divergence, or undefined. */
export function weightsViolation(weights: Float32Array): string | undefined {
  return weights.every((weight) => Number.isFinite(weight))
    ? undefined
    : 'a weight is not finite after the last epoch'
}

/** Returns the message of a diverged fit. */
export function divergedMessage(key: string, violation: string): string {
  return `${key}: ${violation}; lower the learning rate, clip the gradients or check the bars`
}
