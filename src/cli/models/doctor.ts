/** `kospigraph doctor`: prints engines, devices, their speed on this machine, and the engine chosen for runs of each size. */
import type { ExamineEngines, RecipeChoices } from '../../services/models/doctor.js'
import { table, wrap } from '../terminal/layout.js'
import { count } from '../terminal/numbers.js'
import type { Terminal } from '../terminal/terminal.js'

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
    ['Kospigraph', `${version} on Node.js ${node}, ML_ENGINE=${setting}`],
    ['wasm', `${wasm.version} on ${wasm.device}`],
    ...(tensorflow.kind === 'loaded'
      ? [['tensorflow', `${tensorflow.engine.version} on ${tensorflow.engine.device}`]]
      : [
          ['tensorflow', `not usable: ${tensorflow.reason}`],
          ['', sentence(tensorflow.remedy)],
        ]),
  ]
  terminal.print(table(lines, { width: terminal.proseColumns }))
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
  terminal.print(table([headings, ...rows]))
  terminal.print('')
  terminal.print('Estimated from a few short fits just now.')
  for (const [failure, holders] of grouped(unnamedFailures(recipes))) {
    paragraph(terminal, `tensorflow failed for ${holders.join(', ')}: ${failure}`)
  }
  const reasons = grouped(reasonsOf(recipes))
  for (const [reason, holders] of reasons) {
    const whose = reasons.size === 1 ? '' : ` for ${holders.join(', ')}`
    paragraph(terminal, `Chosen${whose} because ${reason}`)
  }
  terminal.result({
    version,
    node,
    setting,
    wasm: { version: wasm.version, device: wasm.device },
    tensorflow:
      tensorflow.kind === 'loaded'
        ? { usable: true, version: tensorflow.engine.version, device: tensorflow.engine.device }
        : { usable: false, reason: tensorflow.reason, remedy: tensorflow.remedy },
    recipes: recipes.map(({ recipe, tensorflowFailure, choices }) => ({
      recipe,
      tensorflowFailure: tensorflowFailure ?? null,
      choices: choices.map(({ fits, engine, reason, wasmSeconds, tensorflowSeconds }) => ({
        fits,
        engine,
        reason,
        wasmSeconds,
        tensorflowSeconds,
      })),
    })),
  })
  return 0
}

interface Statement {
  /** What it is about. */
  readonly holder: string
  readonly text: string
}

/** A recipe's reason; where its choices have several, the reason of each number of fits. */
function reasonsOf(recipes: readonly RecipeChoices[]): Statement[] {
  return recipes.flatMap(({ recipe, choices }) => {
    const own = choices.map(({ fits, reason, byEstimate }) => ({
      holder: `${recipe} (${count(fits)})`,
      text: byEstimate ? BY_ESTIMATE : reason,
    }))
    const [first] = own
    return first && own.every(({ text }) => text === first.text) ? [{ ...first, holder: recipe }] : own
  })
}

/** Failures that no reason names, since ML_ENGINE decides, for instance. */
function unnamedFailures(recipes: readonly RecipeChoices[]): Statement[] {
  return recipes.flatMap(({ recipe, tensorflowFailure: text, choices }) =>
    text === undefined || choices.some(({ reason }) => reason.includes(text))
      ? []
      : [{ holder: recipe, text }],
  )
}

/** Each text once, with all that it is about. */
function grouped(statements: readonly Statement[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { holder, text } of statements) groups.set(text, [...(groups.get(text) ?? []), holder])
  return groups
}

function paragraph(terminal: Terminal, text: string): void {
  terminal.print(wrap(sentence(text), terminal.proseColumns))
}

/** Ends the text in exactly one full stop. */
function sentence(text: string): string {
  return `${text.trim().replace(/\.+$/, '')}.`
}

function duration(seconds: number): string {
  if (seconds < 0.001) return 'under 1 ms'
  return seconds < 1 ? `${(seconds * 1_000).toFixed(0)} ms` : `${seconds.toFixed(1)} s`
}
