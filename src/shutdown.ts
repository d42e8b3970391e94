/** Stops the program on a signal: aborts what runs, lets it drain, and cuts a drain short that takes too long. */
import { KospigraphError } from './errors.js'

/** How long a drain may take before it is cut short. */
const DRAIN_LIMIT_MS = 15_000
/** How long a stop that was cut short may still take to leave the database in order. */
const FORCED_EXIT_MS = 3_000
/** A second signal within this time is the first one again. */
const REPEATED_SIGNAL_MS = 1_000
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
type StopSignal = keyof typeof EXIT_CODES

/** What a stop that is cut short still lets go of. */
export interface Abandonable {
  abandon(): Promise<void>
}

export interface Shutdown {
  /** Aborts when the program is to stop. */
  readonly signal: AbortSignal
  /** Stops for another reason than a signal. */
  stop(reason: KospigraphError): void
  /** Registers what was opened. */
  opened(resource: Abandonable): void
  /** Exit code of the signal that stopped the program; undefined where none has. */
  exitCode(): number | undefined
}

/** @param note prints one line for people */
export function watchForShutdown(note: (line: string) => void): Shutdown {
  const stop = new AbortController()
  let stopped: { readonly signal: StopSignal; readonly atMs: number } | undefined
  let resource: Abandonable | undefined

  /** Leaves work undone, but no embedded PostgreSQL behind. */
  const forceExit = (reason: string, signal: StopSignal): void => {
    note(reason)
    const exit = (): never => process.exit(EXIT_CODES[signal])
    setTimeout(exit, FORCED_EXIT_MS)
    if (resource) void resource.abandon().then(exit, exit)
    else exit()
  }

  const onSignal = (signal: StopSignal): void => {
    if (stopped) {
      // npm passes on a signal that the terminal has sent to the whole group already: one press, two signals.
      if (performance.now() - stopped.atMs < REPEATED_SIGNAL_MS) return
      forceExit('Stopping at once.', signal)
      return
    }
    stopped = { signal, atMs: performance.now() }
    stop.abort(new KospigraphError('ABORTED', `stopped by ${signal}`))
    const tooLong = `Still not done after ${DRAIN_LIMIT_MS / 1_000} s; stopping at once.`
    // Unreferenced, so that it never delays the exit: it only ends a drain that something holds up.
    setTimeout(() => forceExit(tooLong, signal), DRAIN_LIMIT_MS).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)

  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader of the output has gone, as `head` does: no reason for a trace.
      if (error.code !== 'EPIPE') throw error
      stop.abort(new KospigraphError('ABORTED', 'the reader of the output has gone'))
    })
  }

  return {
    signal: stop.signal,
    stop: (reason) => stop.abort(reason),
    opened: (abandonable) => {
      resource = abandonable
    },
    exitCode: () => (stopped ? EXIT_CODES[stopped.signal] : undefined),
  }
}
