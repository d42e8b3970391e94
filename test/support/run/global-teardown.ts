/** Runs once after all test files, whether they passed or not. */
import { endRun } from './test-run.js'

export default async function globalTeardown(): Promise<void> {
  await endRun()
}
