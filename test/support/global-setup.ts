/** Runs once before all test files: starts the run and tells the test files about it through the environment. */
import { beginRun, endRun, RUN_VARIABLE } from './test-run.js'

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

export default async function globalSetup(): Promise<void> {
  // jest skips its teardown when it is interrupted, and the server does not hear the terminal's Ctrl-C.
  for (const [signal, number] of Object.entries(SIGNAL_NUMBERS)) {
    process.once(signal, () => void endRun().finally(() => process.exit(128 + number)))
  }
  try {
    process.env[RUN_VARIABLE] = JSON.stringify(await beginRun())
  } catch (error) {
    await endRun()
    throw error
  }
}
