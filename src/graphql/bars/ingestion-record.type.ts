/** Deliveries as they are recorded, and the rows that they left out. */
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { DELIVERY_SOURCES } from '../../domain/bars/delivery.js'
import type { DeliverySource, Ingestion } from '../../domain/bars/delivery.js'
import { ROW_OUTCOMES } from '../../domain/bars/row-outcome.js'
import type { RowOutcome as OutcomeName } from '../../domain/bars/row-outcome.js'
import { connectionType, edgeType, numberCursor } from '../connection.js'
import { enumOf } from '../enum.js'
import { DateTime } from '../scalars.js'
import { ExcludedRow } from './ingestion.type.js'

export const IngestionSource = enumOf(DELIVERY_SOURCES)
registerEnumType(IngestionSource, {
  name: 'IngestionSource',
  description: 'What kind of sender a delivery came from.',
  valuesConfig: {
    FILE: { description: 'A person, with a file.' },
    API: { description: 'A program, through GraphQL.' },
    SIMULATOR: { description: 'The simulated sample market.' },
    PROVIDER: { description: 'A provider of market data, asked by the platform.' },
  },
})

export const RowOutcome = enumOf(ROW_OUTCOMES)
registerEnumType(RowOutcome, {
  name: 'RowOutcome',
  description: 'How a row that was not stored counts.',
  valuesConfig: {
    REJECTED: { description: 'It cannot be stored.' },
    DROPPED: { description: 'Known dirt of vendors, or outranked.' },
  },
})

@ObjectType('Ingestion', { description: 'The record of a delivery that changed bars or left rows out.' })
export class IngestionType {
  @Field(() => ID, { description: 'Its id; later deliveries have larger ones.' })
  id!: string

  @Field(() => IngestionSource, { description: 'What kind of sender it came from.' })
  source!: DeliverySource

  @Field({ description: "The file's name, what the client called itself, or the provider." })
  label!: string

  @Field(() => Int, { description: 'Bars of a delivery are never overwritten by one of a lower rank.' })
  rank!: number

  @Field(() => String, {
    nullable: true,
    description: 'What a file was recognised as; the reason, where bars were withdrawn.',
  })
  note!: string | null

  @Field({ description: 'SHA-256 of what was delivered, in hexadecimal.' })
  checksum!: string

  @Field(() => Int, { description: 'Rows that came.' })
  received!: number

  @Field(() => Int, { description: 'Bars that were new.' })
  stored!: number

  @Field(() => Int, { description: 'Bars whose values were replaced.' })
  corrected!: number

  @Field(() => Int, { description: 'Bars that were withdrawn.' })
  withdrawn!: number

  @Field(() => Int, { description: 'Rows whose bar was there already.' })
  unchanged!: number

  @Field(() => Int, { description: 'Rows left out as known dirt, or outranked.' })
  dropped!: number

  @Field(() => Int, { description: 'Rows that could not be stored.' })
  rejected!: number

  @Field(() => DateTime, { description: 'When it was stored.' })
  at!: Date
}

@ObjectType({ description: 'A delivery in a list.' })
export class IngestionEdge extends edgeType(IngestionType) {}

@ObjectType({ description: 'A page of deliveries, newest first.' })
export class IngestionConnection extends connectionType(IngestionEdge) {}

@ObjectType({ description: 'A row that a delivery left out, as it is kept.' })
export class KeptRow extends ExcludedRow {
  @Field(() => RowOutcome, { description: 'How it counts.' })
  outcome!: OutcomeName

  /** For the cursor. */
  ordinal!: number
}

@ObjectType({ description: 'A kept row in a list.' })
export class KeptRowEdge extends edgeType(KeptRow) {}

@ObjectType({ description: 'A page of kept rows: rejected ones, then dropped ones, each by row.' })
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
