/** The tasks of a night: one queues its symbols in chunks, the other fits one chunk. */
import { z } from 'zod'
import { parseSession } from '../../domain/calendar/session.js'
import type { RunNight } from '../../services/nights/run-night.js'
import { defineTask } from '../registry.js'
import type { RegisteredTask } from '../registry.js'

const session = z.iso.date().transform((text) => parseSession(text, 'date'))

export function createNightTask(runNight: RunNight): RegisteredTask {
  return defineTask({
    name: 'night',
    payload: z.strictObject({ date: session }),
    run: ({ date }, context) => runNight.night(date, context),
  })
}

export function createNightChunkTask(runNight: RunNight): RegisteredTask {
  return defineTask({
    name: 'nightChunk',
    payload: z.strictObject({ date: session, symbolIds: z.array(z.int()) }),
    run: ({ date, symbolIds }, context) => runNight.chunk(date, symbolIds, context),
  })
}
