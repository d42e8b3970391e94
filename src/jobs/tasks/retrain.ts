/** The task that executes a queued retrain. */
import { z } from 'zod'
import type { RunRetrain } from '../../services/forecasts/run-retrain.js'
import { defineTask } from '../registry.js'
import type { RegisteredTask } from '../registry.js'

export function createRetrainTask(runRetrain: RunRetrain): RegisteredTask {
  return defineTask({
    name: 'retrain',
    payload: z.strictObject({ runId: z.uuid() }),
    run: ({ runId }, context) => runRetrain(runId, context),
  })
}
