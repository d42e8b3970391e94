/**
 * A test file that does not end by itself, for the test of runs that are interrupted. It is not among the suite's files
 * and is named to jest by `--testMatch`. It has a database and a server of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createTestDatabase, createTestFolder } from '../database.js'
import { startUser } from '../user-process.js'

test('unending', async () => {
  await createTestDatabase()
  const user = startUser(await createTestFolder())
  await user.says('open')
  process.stderr.write(`unending ${user.child.pid ?? 0}\n`)
  await sleep(600_000)
}, 600_000)
