/** Runs once before all test files: starts the run and passes its data to them through the environment. */
import { beginRun, endRun, RUN_VARIABLE } from './test-run.js'

/** After it scripts/test.js removes what is left. */
const END_LIMIT_MS = 20_000
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

export default async function globalSetup(): Promise<void> {
  // jest skips its teardown when it is interrupted, and the server does not hear the terminal's Ctrl-C. A signal to the
  // process group comes twice: by itself and from scripts/test.js, which passes it on.
  let isEnding = false
  const end = (number: number): void => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => process.exit(128 + number), END_LIMIT_MS)
    void endRun().finally(() => process.exit(128 + number))
  }
  for (const [signal, number] of Object.entries(SIGNAL_NUMBERS)) process.on(signal, () => end(number))
  try {
    process.env[RUN_VARIABLE] = JSON.stringify(await beginRun())
  } catch (error) {
    await endRun()
    throw error
  }
}
