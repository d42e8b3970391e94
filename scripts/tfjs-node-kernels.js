// Writes test/fixtures/tfjs-node-kernels.json: the kernels that @tensorflow/tfjs-node-gpu registers, read from the
// package as published, without installing it. Run it after changing the version in package.json:
//   node scripts/tfjs-node-kernels.js
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as core from '@tensorflow/tfjs-core'

const NAME = '@tensorflow/tfjs-node-gpu'
const FIXTURE = new URL('../test/fixtures/tfjs-node-kernels.json', import.meta.url)

const { optionalDependencies = {} } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)
const version = optionalDependencies[NAME]

const folder = mkdtempSync(path.join(tmpdir(), 'tfjs-node-kernels-'))
try {
  const run = (command, args) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' })
  const [{ filename, integrity }] = JSON.parse(run('npm', ['pack', '--json', `${NAME}@${version}`]))
  run('tar', ['-xzf', path.basename(filename)])
  const read = (file) => readFileSync(path.join(folder, 'package/dist', file), 'utf8')

  // register_all_kernels.js requires one file a kernel and lists the configurations that it registers.
  const registry = read('register_all_kernels.js')
  const files = new Map(
    [...registry.matchAll(/^var (\w+) = require\("\.\/(kernels\/\w+)"\);$/gm)].map(([, name, file]) => [
      name,
      file,
    ]),
  )
  const list = /var kernelConfigs = \[([^\]]+)\]/.exec(registry)?.[1] ?? ''
  const kernels = [...list.matchAll(/(\w+)\.(\w+)/g)].map(([, name, config]) => {
    const [, own = ''] = read(`${files.get(name)}.js`).split(`exports.${config} = {`)
    // A constant of the core library, or the name itself.
    const [, constant, literal] = /kernelName: (?:\w+\.(\w+)|'(\w+)'),/.exec(own) ?? []
    const kernel = literal ?? core[constant]
    if (typeof kernel !== 'string') throw new Error(`${config}: its kernel's name was not found`)
    return kernel
  })
  if (kernels.length === 0) throw new Error('register_all_kernels.js lists no kernels in the form expected')
  const fixture = {
    command: 'node scripts/tfjs-node-kernels.js',
    package: NAME,
    version,
    integrity,
    kernels: [...new Set(kernels)].sort(),
  }
  writeFileSync(FIXTURE, `${JSON.stringify(fixture, null, 2)}\n`)
  console.log(`${NAME}@${version} registers ${fixture.kernels.length} kernels.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
