/** Real processes of the program, on a test database. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))
const PATIENCE_MS = 30_000

export interface Served {
  /** Everything written so far, on both streams. */
  output(): string
  /** Waits until the output matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /**
   * Sends a signal and waits for the end.
   * @returns its exit code; null where the signal ended it
   */
  end(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<number | null>
  /** Resolves when it has ended. */
  readonly ended: Promise<number | null>
}

export function startProgram(args: readonly string[], environment: Record<string, string>): Served {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], ML_THREADS: '1', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    output: () => text,
    ended,
    async says(pattern) {
      const deadline = AbortSignal.timeout(PATIENCE_MS)
      for (;;) {
        const found = pattern.exec(text)
        if (found) return found
        if (child.exitCode !== null || deadline.aborted) {
          throw new Error(`the process never wrote ${String(pattern)}: ${text}`)
        }
        const more = once(child.stdout, 'data', { signal: deadline })
        const complaint = once(child.stderr, 'data', { signal: deadline })
        await Promise.race([more, complaint, ended]).catch(() => undefined)
        for (const waiting of [more, complaint]) waiting.catch(() => undefined)
      }
    },
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return ended
    },
  }
}
