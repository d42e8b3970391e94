/** The queue library writes a line for every job; ours go through our own log, from where jobs are run. */
import { Logger } from 'graphile-worker'

export const quietWorkerLogger = new Logger(() => () => undefined)
