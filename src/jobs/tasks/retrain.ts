/** The task that does a queued run. */
import { z } from 'zod'
import type { Retraining } from '../../services/models/retrain.js'
import { defineTask } from '../registry.js'
import type { RegisteredTask } from '../registry.js'

export function createRetrainTask(retraining: Retraining): RegisteredTask {
  return defineTask({
    name: 'retrain',
    payload: z.strictObject({ runId: z.uuid() }),
    run: ({ runId }, context) => retraining.execute(runId, context),
  })
}
