/** `kospigraph versions <symbol>`: lists model versions by recipe, newest first. */
import type { ModelVersions } from '../../services/models/model-versions.js'
import { table } from '../terminal/layout.js'
import { noteMore } from '../terminal/more.js'
import { count } from '../terminal/numbers.js'
import { firstRows } from '../terminal/option-values.js'
import type { Terminal } from '../terminal/terminal.js'
import { versionJson } from './version-json.js'

export interface VersionsOptions {
  readonly symbol: string
  readonly recipe: string | undefined
  readonly limit: number
}

export async function runVersions(
  models: Pick<ModelVersions, 'modelVersions'>,
  terminal: Terminal,
  { symbol, recipe, limit }: VersionsOptions,
): Promise<0> {
  const { items, hasNextPage } = await models.modelVersions(symbol, recipe, firstRows(limit))
  const rows = items.map((version) => [
    `${version.recipeName} ${count(version.number)}`,
    version.origin,
    version.windowLast,
    version.metrics.finalLoss.toPrecision(3),
    version.id,
  ])
  if (rows.length === 0) {
    terminal.note(`No version of ${symbol} is stored; "kospigraph retrain --symbol ${symbol}" fits one.`)
  } else {
    const headings = ['version', 'origin', 'window to', 'loss', 'id']
    terminal.print(table([headings, ...rows], { width: terminal.columns }))
  }
  noteMore(terminal, hasNextPage)
  terminal.result({ symbol, versions: items.map(versionJson), hasMore: hasNextPage })
  return 0
}
