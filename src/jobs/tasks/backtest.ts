/** The task that runs a backtest, or resumes one whose worker died. */
import { z } from 'zod'
import type { RunBacktest } from '../../services/backtests/run-backtest.js'
import { defineTask } from '../registry.js'
import type { RegisteredTask } from '../registry.js'

export function createBacktestTask(runBacktest: RunBacktest): RegisteredTask {
  return defineTask({
    name: 'backtest',
    payload: z.strictObject({ backtestId: z.uuid() }),
    run: ({ backtestId }, context) => runBacktest(backtestId, context),
  })
}
