// Runs the simulation, weeks of nights with killed processes: npm run simulation -- [--weeks N] [--seed S]
// [--symbols N]
import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
await build({ log: (line) => console.log(line) })
const main = path.join(root, 'dist/test/simulation/main.js')
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
// The terminal's Ctrl-C reaches it by itself; either way this process waits until it has cleaned up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
