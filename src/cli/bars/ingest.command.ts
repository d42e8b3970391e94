/** Declares `kospigraph ingest`. */
import { Option } from 'commander'
import type { Command } from 'commander'
import type { BarFileOptions } from '../../market/csv/bar-file.js'
import { parseColumnChoice } from '../../market/csv/column-choice.js'
import { DATE_ORDERS } from '../../market/dates/date-shape.js'
import { VOLUME_UNITS } from '../../market/csv/number-text.js'
import type { CommandContext } from '../command-context.js'

interface IngestFlags extends BarFileOptions {
  readonly skipInvalid: boolean
  readonly acceptAdjustments: boolean
}

export function registerIngest(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  program
    .command('ingest')
    .description(
      'Store daily bars from a CSV file (.csv or .csv.gz) as vendors export it; docs/data-in.md lists the formats.',
    )
    .argument('<file>', 'the file')
    .option('--symbol <code>', "the symbol's code; not needed where the file has a symbol column")
    .addOption(
      new Option(
        '--columns <choice>',
        'columns of the fields, by name or position: date=1,open=2,high=3,low=4,close=5,volume=6',
      ).argParser(parseColumnChoice),
    )
    .addOption(
      new Option('--date-order <order>', 'order of dates such as 1/2/24, where no row shows it').choices(
        DATE_ORDERS,
      ),
    )
    .addOption(
      new Option('--volume-unit <unit>', "unit of the volume (default: the format's)").choices(VOLUME_UNITS),
    )
    .option('--skip-invalid', 'store the valid rows and leave out the others', false)
    .option('--accept-adjustments', 'replace stored prices by back-adjusted ones, as after a split', false)
    .action(async (file: string, { skipInvalid, acceptAdjustments, ...reading }: IngestFlags) => {
      const { runIngest } = await import('./ingest.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runIngest(services.ingestBars, terminal, { file, reading, skipInvalid, acceptAdjustments, signal }),
      )
    })
}
