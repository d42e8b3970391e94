/** The GraphQL types of recorded deliveries and their excluded rows. */
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { DELIVERY_SOURCES } from '../../domain/bars/delivery.js'
import type { DeliverySource, Ingestion } from '../../domain/bars/delivery.js'
import { ROW_OUTCOMES } from '../../domain/bars/row-outcome.js'
import type { RowOutcome as OutcomeName } from '../../domain/bars/row-outcome.js'
import { connectionType, edgeType, numberCursor } from '../connection.js'
import { enumOf } from '../enum.js'
import { DateTime } from '../scalars.js'
import { ExcludedRow } from './ingest-bars.type.js'

export const IngestionSource = enumOf(DELIVERY_SOURCES)
registerEnumType(IngestionSource, {
  name: 'IngestionSource',
  description: 'Kind of sender of a delivery.',
  valuesConfig: {
    FILE: { description: 'A person who ingested a file.' },
    API: { description: 'A program, through the GraphQL API.' },
    SIMULATOR: { description: 'The simulated sample market.' },
    PROVIDER: { description: 'A provider of market data, in a sync.' },
  },
})

export const RowOutcome = enumOf(ROW_OUTCOMES)
registerEnumType(RowOutcome, {
  name: 'RowOutcome',
  description: 'Outcome of a delivered row that was not stored.',
  valuesConfig: {
    REJECTED: { description: 'The row is invalid or contradicts other data.' },
    DROPPED: {
      description: 'The row is a known artefact of vendors, or a source of higher rank has another bar.',
    },
  },
})

@ObjectType('Ingestion', { description: 'Record of a delivery that changed bars or had excluded rows.' })
export class IngestionType {
  @Field(() => ID, { description: 'Id of the delivery. Later deliveries have larger ids.' })
  id!: string

  @Field(() => IngestionSource, { description: 'Kind of sender.' })
  source!: DeliverySource

  @Field({ description: 'Name of the file, the client or the provider.' })
  label!: string

  @Field(() => Int, { description: 'Rank of the source. A delivery never overwrites bars of a higher rank.' })
  rank!: number

  @Field(() => String, {
    nullable: true,
    description: 'Detected format of a file, or the reason of a withdrawal; null for other deliveries.',
  })
  note!: string | null

  @Field({ description: 'SHA-256 of the delivered content, in hexadecimal.' })
  checksum!: string

  @Field(() => Int, { description: 'Number of received rows.' })
  received!: number

  @Field(() => Int, { description: 'Number of new bars.' })
  stored!: number

  @Field(() => Int, { description: 'Number of corrected bars; their former values are revisions.' })
  corrected!: number

  @Field(() => Int, { description: 'Number of withdrawn bars.' })
  withdrawn!: number

  @Field(() => Int, { description: 'Number of rows whose bar was already stored with equal values.' })
  unchanged!: number

  @Field(() => Int, { description: 'Number of dropped rows: known artefacts of vendors, or outranked.' })
  dropped!: number

  @Field(() => Int, { description: 'Number of rejected rows.' })
  rejected!: number

  @Field(() => DateTime, { description: 'Time at which the delivery was stored.' })
  at!: Date
}

@ObjectType({ description: 'A delivery with its cursor.' })
export class IngestionEdge extends edgeType(IngestionType) {}

@ObjectType({ description: 'A page of deliveries, newest first.' })
export class IngestionConnection extends connectionType(IngestionEdge) {}

@ObjectType({ description: 'An excluded row of a recorded delivery.' })
export class KeptRow extends ExcludedRow {
  @Field(() => RowOutcome, { description: 'Whether the row was rejected or dropped.' })
  outcome!: OutcomeName

  /** Used by the cursor; not a field. */
  ordinal!: number
}

@ObjectType({ description: 'An excluded row with its cursor.' })
export class KeptRowEdge extends edgeType(KeptRow) {}

@ObjectType({
  description: 'A page of excluded rows: first the rejected, then the dropped ones, each ordered by row.',
})
export class KeptRowConnection extends connectionType(KeptRowEdge) {}

export const ingestionCursor = numberCursor('ingestion')
export const keptRowCursor = numberCursor('excludedRow')

export function toIngestionType(ingestion: Ingestion): IngestionType {
  const { id, source, label, rank, note, checksum, at } = ingestion
  return Object.assign(new IngestionType(), {
    id: String(id),
    source,
    label,
    rank,
    note,
    checksum,
    at,
    received: ingestion.receivedRows,
    stored: ingestion.storedRows,
    corrected: ingestion.correctedRows,
    withdrawn: ingestion.withdrawnRows,
    unchanged: ingestion.unchangedRows,
    dropped: ingestion.droppedRows,
    rejected: ingestion.rejectedRows,
  })
}
