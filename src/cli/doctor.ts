/** `kospigraph doctor`: engines, devices, their speed on this machine, and what a run of each size would take. */
import type { ExamineEngines } from '../services/doctor.js'
import { count, table } from './terminal.js'
import type { Terminal } from './terminal.js'

/** @returns the exit code: always 0, since `wasm` always serves */
export async function runDoctor(
  examineEngines: ExamineEngines,
  terminal: Terminal,
  facts: { readonly version: string; readonly node: string; readonly setting: string },
): Promise<0> {
  const { wasm, tensorflow, recipes } = await examineEngines()
  const lines = [
    ['Kospigraph', `${facts.version} on Node.js ${facts.node}, ML_ENGINE=${facts.setting}`],
    ['wasm', `${wasm.version} on ${wasm.device}`],
    tensorflow.kind === 'loaded'
      ? ['tensorflow', `${tensorflow.engine.version} on ${tensorflow.engine.device}`]
      : ['tensorflow', `not usable: ${tensorflow.reason}`],
    ...(tensorflow.kind === 'loaded' ? [] : [['', tensorflow.remedy]]),
  ]
  for (const line of table(lines)) terminal.print(line)
  terminal.print('')
  const rows = recipes.flatMap(({ recipe, choices }) =>
    choices.map(({ fits, wasmSeconds, tensorflowSeconds, engine }) => [
      recipe,
      count(fits),
      duration(wasmSeconds),
      tensorflowSeconds === null ? '-' : duration(tensorflowSeconds),
      engine,
    ]),
  )
  const headings = ['recipe', 'fits', 'wasm', 'tensorflow', 'chosen']
  for (const line of table([headings, ...rows])) terminal.print(line)
  terminal.print(
    `Estimated from a few short fits just now. Chosen because: ${recipes[0]?.choices.at(-1)?.reason ?? ''}.`,
  )
  return 0
}

function duration(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1_000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`
}
