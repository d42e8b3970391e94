/** The task that asks providers of next-morning bars before a session opens. */
import { z } from 'zod'
import { parseSession } from '../../domain/calendar/session.js'
import type { MorningSync } from '../../services/sync/morning-sync.js'
import { defineTask } from '../registry.js'
import type { RegisteredTask } from '../registry.js'

export function createMorningSyncTask(morningSync: MorningSync): RegisteredTask {
  return defineTask({
    name: 'morningSync',
    payload: z.strictObject({ date: z.iso.date().transform((text) => parseSession(text, 'date')) }),
    run: ({ date }, { signal }) => morningSync.run(date, signal),
  })
}
