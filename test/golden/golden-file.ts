/** Golden files: one training run computed by PyTorch, parsed from its JSON. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { BAR_COLUMNS } from '../../src/domain/bars/bar.js'
import { HEADS } from '../../src/domain/models/recipe.js'

const column = z.array(z.number())

const goldenSchema = z.object({
  /** Name of the csv that the bars come from, unless `bars` holds them. */
  source: z.string(),
  sha256: z.string().optional(),
  // Strict, so that no setting of a recording is ignored.
  config: z
    .strictObject({
      /** Rows used, from `start` on; 0: all. */
      rows: z.int(),
      start: z.int(),
      /** Training samples. */
      split: z.int(),
      /** Lookback. */
      seq: z.int(),
      batch: z.int(),
      hidden: z.int(),
      layers: z.int(),
      epochs: z.int(),
      lr: z.number(),
      /** 1: the scaler was fitted on all rows; 0: only on those of training. */
      leak: z.int(),
      head: z.enum(HEADS).default('sigmoid'),
      weightDecay: z.number().default(0),
      gradientClipNorm: z.number().default(0),
      /** Other names of the two above. */
      wd: z.number().default(0),
      clip: z.number().default(0),
      seed: z.int().optional(),
      /** Recurrent cell of the network. */
      cell: z.enum(['rnn', 'gru', 'lstm']).default('rnn'),
      /** 1: the linear unit reads the outputs of the last step only; 0: those of all steps. */
      last: z.int().default(0),
    })
    .transform(({ wd, clip, ...config }) => ({
      ...config,
      weightDecay: config.weightDecay + wd,
      gradientClipNorm: config.gradientClipNorm + clip,
    })),
  featureColumns: z.array(z.enum(BAR_COLUMNS)),
  target: z.literal('close'),
  dates: z.array(z.string()),
  bars: z.object({ open: column, high: column, low: column, close: column, volume: column }).optional(),
  scaler: z.object({ columns: z.array(z.enum(BAR_COLUMNS)), min: column, max: column }),
  initialWeights: z.record(z.string(), column),
  batchOrders: z.array(z.array(z.int())),
  epochLosses: column,
  finalWeights: z.record(z.string(), column),
  predictionsScaled: column,
})

export type Golden = z.infer<typeof goldenSchema> & {
  /** The file's name without its ending. */
  readonly name: string
}

/** Why no engine can train this run yet; undefined where one can. */
export function unsupportedBy({ config: { cell, last } }: Golden): string | undefined {
  if (cell !== 'rnn') return `engines have no ${cell} cell`
  return last === 1 ? 'engines read the outputs of all steps' : undefined
}

export function readGolden(file: string): Golden {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(`${file}: cannot be read; pass a golden file that exists`, { cause })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file}: is not JSON`, { cause })
  }
  const parsed = goldenSchema.safeParse(json)
  if (!parsed.success) throw new Error(`${file}: is not a golden file: ${z.prettifyError(parsed.error)}`)
  return { ...parsed.data, name: path.basename(file, '.json') }
}
