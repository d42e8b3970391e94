/** Handles on processes that run `embedded-user`. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('./embedded-user.js', import.meta.url))

export interface UserProcess {
  readonly child: ChildProcess
  /** Waits for the word; rejects with the output where the process ends before. */
  says(word: 'open' | 'closed'): Promise<void>
  /** Signals the process group, as a terminal's Ctrl-C does. */
  interruptGroup(): void
  kill(): Promise<void>
}

export function startUser(home: string, times?: number): UserProcess {
  const child = spawn(process.execPath, [SCRIPT, home, ...(times ? [String(times)] : [])], {
    // Its own group, so that the signal does not reach the tests.
    detached: true,
    // It ends with its standard input, also where the tests are killed.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let said = ''
  let complaint = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  return {
    child,
    async says(word) {
      while (!said.split('\n').includes(word)) {
        const [data] = (await Promise.race([once(child.stdout, 'data'), ended])) as unknown[]
        if (typeof data !== 'string' && !said.includes(word))
          throw new Error(`The process never wrote ${word}: ${complaint}`)
      }
    },
    interruptGroup: () => void process.kill(-(child.pid ?? 0), 'SIGINT'),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
