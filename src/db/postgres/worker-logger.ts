/** Silences the queue library, which logs a line for every job; `jobs/` logs jobs itself. */
import { Logger } from 'graphile-worker'

export const quietWorkerLogger = new Logger(() => () => undefined)
