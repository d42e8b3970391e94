/** `kospigraph doctor`: engines, devices, their speed on this machine, and what a run of each size would take. */
import type { ExamineEngines, RecipeChoices } from '../../services/models/doctor.js'
import { count, table } from '../terminal/terminal.js'
import type { Terminal } from '../terminal/terminal.js'

const COLUMNS = 80
/** Leaves room for the first column. */
const LINE_COLUMNS = 66
const BY_ESTIMATE = 'its estimate is the shorter one'

/** @returns the exit code: always 0, since `wasm` always serves */
export async function runDoctor(
  examineEngines: ExamineEngines,
  terminal: Terminal,
  {
    version,
    node,
    setting,
    signal,
  }: {
    readonly version: string
    readonly node: string
    readonly setting: string
    readonly signal: AbortSignal
  },
): Promise<0> {
  terminal.note('Timing fits of every recipe, which takes some seconds')
  const { wasm, tensorflow, recipes } = await examineEngines(signal)
  const lines = [
    ...entry('Kospigraph', `${version} on Node.js ${node}, ML_ENGINE=${setting}`),
    ...entry('wasm', `${wasm.version} on ${wasm.device}`),
    ...(tensorflow.kind === 'loaded'
      ? entry('tensorflow', `${tensorflow.engine.version} on ${tensorflow.engine.device}`)
      : [
          ...entry('tensorflow', `not usable: ${tensorflow.reason}`),
          ...entry('', sentence(tensorflow.remedy)),
        ]),
  ]
  for (const line of table(lines)) terminal.print(line)
  terminal.print('')
  const rows = recipes.flatMap(({ recipe, tensorflowFailure, choices }) =>
    choices.map(({ fits, wasmSeconds, tensorflowSeconds, engine }) => [
      recipe,
      count(fits),
      duration(wasmSeconds),
      tensorflowFailure !== undefined
        ? 'failed'
        : tensorflowSeconds === null
          ? '-'
          : duration(tensorflowSeconds),
      engine,
    ]),
  )
  const headings = ['recipe', 'fits', 'wasm', 'tensorflow', 'chosen']
  for (const line of table([headings, ...rows])) terminal.print(line)
  terminal.print('')
  terminal.print('Estimated from a few short fits just now.')
  for (const [failure, holders] of grouped(untoldFailures(recipes))) {
    paragraph(terminal, `tensorflow failed for ${holders.join(', ')}: ${failure}`)
  }
  const reasons = grouped(reasonsOf(recipes))
  for (const [reason, holders] of reasons) {
    const whose = reasons.size === 1 ? '' : ` for ${holders.join(', ')}`
    paragraph(terminal, `Chosen${whose} because ${reason}`)
  }
  return 0
}

interface Told {
  /** What it is about. */
  readonly holder: string
  readonly text: string
}

/** A recipe's reason; where its choices have several, the reason of each number of fits. */
function reasonsOf(recipes: readonly RecipeChoices[]): Told[] {
  return recipes.flatMap(({ recipe, choices }) => {
    const own = choices.map(({ fits, reason, byEstimate }) => ({
      holder: `${recipe} (${count(fits)})`,
      text: byEstimate ? BY_ESTIMATE : reason,
    }))
    const [first] = own
    return first && own.every(({ text }) => text === first.text) ? [{ ...first, holder: recipe }] : own
  })
}

/** Failures that are nobody's reason: where ML_ENGINE decides, for instance. */
function untoldFailures(recipes: readonly RecipeChoices[]): Told[] {
  return recipes.flatMap(({ recipe, tensorflowFailure: text, choices }) =>
    text === undefined || choices.some(({ reason }) => reason.includes(text))
      ? []
      : [{ holder: recipe, text }],
  )
}

/** Each text once, with all that it is about. */
function grouped(told: readonly Told[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { holder, text } of told) groups.set(text, [...(groups.get(text) ?? []), holder])
  return groups
}

function paragraph(terminal: Terminal, text: string): void {
  for (const line of wrapped(sentence(text), COLUMNS)) terminal.print(line)
}

function entry(name: string, text: string): string[][] {
  return wrapped(text, LINE_COLUMNS).map((line, place) => [place === 0 ? name : '', line])
}

/** With one full stop, whoever wrote it. */
function sentence(text: string): string {
  return `${text.trim().replace(/\.+$/, '')}.`
}

/** Lines of at most so many columns, broken between words. */
function wrapped(text: string, columns: number): string[] {
  const lines = ['']
  for (const word of text.split(/\s+/)) {
    const line = `${lines.at(-1) ?? ''} ${word}`.trimStart()
    if (line.length > columns && lines.at(-1) !== '') lines.push(word)
    else lines[lines.length - 1] = line
  }
  return lines
}

function duration(seconds: number): string {
  if (seconds < 0.001) return 'under 1 ms'
  return seconds < 1 ? `${(seconds * 1_000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`
}
