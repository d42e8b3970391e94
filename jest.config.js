// Tests run on what ships: `scripts/test.js` builds src/ and test/ into dist/, and jest runs that.
import { availableParallelism } from 'node:os'

export default {
  rootDir: 'dist',
  testMatch: ['<rootDir>/test/**/*.test.js'],
  testEnvironment: 'node',
  transform: {},
  globalSetup: '<rootDir>/test/support/run/global-setup.js',
  globalTeardown: '<rootDir>/test/support/run/global-teardown.js',
  testTimeout: 60_000,
  // Much of a test is waiting for a database or a process: two at a time are a third faster on two cores as well.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  coverageProvider: 'v8',
}
