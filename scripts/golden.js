// Trains the runs of golden files and compares them with PyTorch: npm run golden -- [--data <csv>] [file.json ...]
import { spawn } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
await build({ log: (line) => console.log(line) })
const main = path.join(root, 'dist/test/golden/main.js')
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
