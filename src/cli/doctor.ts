/** `kospigraph doctor`: engines, devices, their speed on this machine, and what a run of each size would take. */
import type { ExamineEngines } from '../services/doctor.js'
import { count, table } from './terminal.js'
import type { Terminal } from './terminal.js'

/** Leaves room for the first column on a terminal of 80. */
const LINE_COLUMNS = 66

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
    ...(tensorflow.kind === 'loaded' ? [] : wrapped(tensorflow.remedy).map((line) => ['', line])),
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

/** Lines of at most {@link LINE_COLUMNS}, broken between words. */
function wrapped(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1) ?? ''} ${word}`.trimStart()
    if (line.length > LINE_COLUMNS) lines.push(word)
    else lines[lines.length - 1] = line
  }
  return lines
}

function duration(seconds: number): string {
  if (seconds < 0.001) return 'under 1 ms'
  return seconds < 1 ? `${(seconds * 1_000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`
}
