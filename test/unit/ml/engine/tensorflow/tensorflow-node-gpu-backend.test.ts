import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import {
  cardNames,
  deviceName,
  explainLoadError,
} from '../../../../../src/ml/engine/tensorflow/node-gpu-backend.js'
import { defineRemovedFunctions } from '../../../../../src/ml/engine/tensorflow/removed-node-functions.js'

/** As Node and the package word them. */
test.each<[string, Error, string, string]>([
  [
    'the package is absent',
    Object.assign(new Error("Cannot find module '@tensorflow/tfjs-node-gpu'\nRequire stack:\n- /app/x.js"), {
      code: 'MODULE_NOT_FOUND',
    }),
    '@tensorflow/tfjs-node-gpu is not installed',
    '--target gpu',
  ],
  [
    'its binding is absent',
    new Error(
      'The Node.js native addon module (tfjs_binding.node) can not be found at path: /app/x.node. \nRun',
    ),
    'is installed without its native binding',
    'npm rebuild @tensorflow/tfjs-node-gpu',
  ],
  [
    'TensorFlow itself is absent',
    Object.assign(
      new Error('libtensorflow.so.2: cannot open shared object file: No such file or directory'),
      {
        code: 'ERR_DLOPEN_FAILED',
      },
    ),
    'needs libtensorflow.so.2, which is not found',
    'npm rebuild @tensorflow/tfjs-node-gpu',
  ],
  [
    'CUDA is absent',
    Object.assign(new Error('libcudart.so.11.0: cannot open shared object file: No such file or directory'), {
      code: 'ERR_DLOPEN_FAILED',
    }),
    'needs libcudart.so.11.0, which is not found',
    'CUDA 11.2',
  ],
  [
    'one of its packages is absent',
    Object.assign(
      new Error("Cannot find module 'adm-zip'\nRequire stack:\n- @tensorflow/tfjs-node-gpu/x.js"),
      {
        code: 'MODULE_NOT_FOUND',
      },
    ),
    "failed to load: Cannot find module 'adm-zip'",
    'Linux and Windows',
  ],
  [
    'something else happens',
    new Error('bad file\nat line 1'),
    'failed to load: bad file',
    'Linux and Windows',
  ],
])('where %s, the reason and the remedy match', (_, error, reason, remedy) => {
  const explained = explainLoadError(error)
  expect(explained.kind).toBe('unavailable')
  expect(explained.reason).toContain(reason)
  expect(explained.reason).not.toContain('\n')
  expect(explained.remedy).toContain(remedy)
})

test('the package loads and runs on a Node that lacks the functions of node:util that it calls', async () => {
  const backend = new URL('../../../../../src/ml/engine/tensorflow/node-gpu-backend.js', import.meta.url)
  // The package as far as it matters here: it calls both functions while it loads and when it makes a tensor.
  const script = `
    const util = require('node:util')
    delete util.isNullOrUndefined
    delete util.isArray
    const fake = () => {
      const check = (value) => [util.isNullOrUndefined(value), util.isArray(value)]
      check([])
      return { check, backend: () => ({ isUsingGpuDevice: false, binding: { TF_Version: '2.9.1' } }) }
    }
    const Module = require('node:module')
    const load = Module._load
    Module._load = (name, ...rest) => name === '@tensorflow/tfjs-node-gpu' ? fake() : load(name, ...rest)
    import(${JSON.stringify(backend)}).then(async ({ loadBackend }) => {
      const { tf, ...loaded } = await loadBackend()
      console.log(JSON.stringify({ ...loaded, checks: [null, undefined, 0, []].map((value) => tf.check(value)) }))
    })`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script])
  expect(JSON.parse(stdout)).toEqual({
    kind: 'loaded',
    device: 'CPU, no GPU found (TensorFlow 2.9.1)',
    hasGpu: false,
    checks: [
      [true, false],
      [true, false],
      [false, false],
      [false, true],
    ],
  })
})

test('functions that Node still has are replaced, because they print a warning', () => {
  const util = { isArray: () => 'warned', isNullOrUndefined: () => 'warned' }
  defineRemovedFunctions(util)
  expect([util.isArray(), util.isNullOrUndefined()]).toEqual([false, true])
})

test('a GPU has the name of the driver, and a processor is described as having none', () => {
  expect(deviceName('2.9.1', true, ['NVIDIA A10', 'NVIDIA L4'])).toBe(
    'CUDA: NVIDIA A10, NVIDIA L4 (TensorFlow 2.9.1)',
  )
  expect(deviceName('2.9.1', true, [])).toBe('CUDA: GPU (TensorFlow 2.9.1)')
  expect(deviceName('2.9.1', false, [])).toBe('CPU, no GPU found (TensorFlow 2.9.1)')
})

test("cards are read from the driver's folder, each model once", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kospigraph-cards-'))
  try {
    for (const [card, model] of [
      ['0000:00:04.0', 'NVIDIA L4'],
      ['0000:00:05.0', 'NVIDIA L4'],
      ['0000:00:06.0', 'Tesla T4'],
    ] as const) {
      mkdirSync(path.join(folder, card))
      writeFileSync(path.join(folder, card, 'information'), `Model: \t\t ${model}\nIRQ:   \t\t 33\n`)
    }
    expect(cardNames(folder).sort()).toEqual(['NVIDIA L4', 'Tesla T4'])
    mkdirSync(path.join(folder, 'empty'))
    expect(cardNames(folder)).toEqual([])
    expect(cardNames(path.join(folder, 'gone'))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
