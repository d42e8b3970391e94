// Runs checks side by side, as many as there are cores. Each prints one line when it ends; a failure prints its whole
// output below that line, and what mends it.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** No check takes a quarter of this. */
const CHECK_LIMIT_MS = 10 * 60_000

function run({ name, args, remedy }, cwd, log) {
  const started = performance.now()
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: CHECK_LIMIT_MS,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => (output += chunk))
    }
    child.on('close', (code, signal) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      const lines = [`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`]
      if (code !== 0) {
        lines.push(output.trimEnd())
        if (signal) lines.push(`It was ended by ${signal}.`)
        if (remedy) lines.push(`To mend it: ${remedy}`)
      }
      log(lines.filter((line) => line !== '').join('\n'))
      resolve(code === 0)
    })
  })
}

/**
 * Starts them in their order.
 * @param {readonly { name: string, args: string[], remedy?: string }[]} checks what Node is started with
 * @param {{ cwd?: string, limit?: number, log?: (text: string) => void }} options
 * @returns {Promise<boolean>} whether all passed
 */
export async function runChecks(
  checks,
  { cwd = process.cwd(), limit = availableParallelism(), log = console.log } = {},
) {
  const waiting = [...checks]
  let passed = true
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (!(await run(next, cwd, log))) passed = false
    }
  }
  await Promise.all(Array.from({ length: limit }, work))
  return passed
}
