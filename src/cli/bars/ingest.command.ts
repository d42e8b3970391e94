/** Declares `kospigraph ingest`. */
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { PRICE_ADJUSTMENTS, TRADING_HOURS_BASES } from '../../domain/bars/price-basis.js'
import type { PriceAdjustment, TradingHoursBasis } from '../../domain/bars/price-basis.js'
import type { BarFileOptions } from '../../market/csv/bar-file.js'
import { parseColumnChoice } from '../../market/csv/column-choice.js'
import { DATE_ORDERS } from '../../market/dates/date-shape.js'
import { VOLUME_UNITS } from '../../market/csv/number-text.js'
import type { CommandContext } from '../command-context.js'
import { parseDate, parseWhole } from '../terminal/option-values.js'

interface IngestFlags extends BarFileOptions {
  readonly skipInvalid: boolean
  readonly acceptAdjustments: boolean
  readonly closeBasis?: TradingHoursBasis
  readonly volumeBasis?: TradingHoursBasis
  readonly adjustment?: PriceAdjustment
  readonly replaceBasis: boolean
}

const HOURS = TRADING_HOURS_BASES.map(optionName)
const ADJUSTMENTS = PRICE_ADJUSTMENTS.map(optionName)

function optionName(value: string): string {
  return value.toLowerCase().replace('_', '-')
}

/** Reads the option form of one of `values`, as in `split-adjusted`. */
function parserOf<Value extends string>(values: readonly Value[]): (text: string) => Value {
  return (text) => {
    const found = values.find((value) => optionName(value) === text)
    if (found === undefined)
      throw new InvalidArgumentError(`Allowed choices are ${values.map(optionName).join(', ')}.`)
    return found
  }
}

export function registerIngest(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  program
    .command('ingest')
    .description(
      'Store daily bars from a CSV, JSON, Excel or Parquet file as vendors export it; docs/data-in.md lists the formats.',
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
    .option(
      '--session <date>',
      'session of all rows, for a file of a whole market without dates: 2024-06-03',
      parseDate,
    )
    .option(
      '--skip-lines <count>',
      'lines above the header, empty ones not counted (default: recognised)',
      parseWhole,
    )
    .addOption(
      new Option(
        '--close-basis <hours>',
        `hours of the closes since 2026-09-14: ${HOURS.join(', ')} (default: the format's)`,
      ).argParser(parserOf(TRADING_HOURS_BASES)),
    )
    .addOption(
      new Option(
        '--volume-basis <hours>',
        "hours of the volumes, likewise (default: the format's)",
      ).argParser(parserOf(TRADING_HOURS_BASES)),
    )
    .addOption(
      new Option(
        '--adjustment <kind>',
        `what prices are adjusted for: ${ADJUSTMENTS.join(', ')} (default: the format's)`,
      ).argParser(parserOf(PRICE_ADJUSTMENTS)),
    )
    .option('--replace-basis', 'replace all stored closes since 2026-09-14 by those of other hours', false)
    .option('--skip-invalid', 'store the valid rows and leave out the others', false)
    .option('--accept-adjustments', 'replace stored prices by back-adjusted ones, as after a split', false)
    .action(async (file: string, flags: IngestFlags) => {
      const { skipInvalid, acceptAdjustments, replaceBasis, ...rest } = flags
      const { closeBasis, volumeBasis, adjustment, ...reading } = rest
      const basis = {
        ...(closeBasis && { closeBasis }),
        ...(volumeBasis && { volumeBasis }),
        ...(adjustment && { adjustment }),
      }
      const { runIngest } = await import('./ingest.js')
      await withPlatform({ quiet: true }, async ({ services }) => {
        const directory = await services.instruments.directory()
        // Two instruments of one name are none: the row is rejected.
        const resolveName = (name: string): string | undefined => {
          const [code, ...others] = directory.byName(name)
          return others.length === 0 ? code : undefined
        }
        return runIngest(services.ingestBars, terminal, {
          file,
          reading: { ...reading, resolveName },
          basis,
          skipInvalid,
          acceptAdjustments,
          replaceBasis,
          signal,
        })
      })
    })
}
