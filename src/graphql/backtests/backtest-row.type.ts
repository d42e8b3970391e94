/** The sessions of a backtest. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { BACKTEST_PARTS } from '../../domain/backtests/backtest.js'
import type { BacktestPart as PartName } from '../../domain/backtests/backtest.js'
import type { Session } from '../../domain/calendar/session.js'
import { ORDER_OUTCOMES } from '../../domain/backtests/strategy.js'
import type { OrderOutcome as OrderName } from '../../domain/backtests/strategy.js'
import { connectionType, edgeType, numberCursor } from '../connection.js'
import { enumOf } from '../enum.js'
import { LocalDate } from '../scalars.js'

export const BacktestPart = enumOf(BACKTEST_PARTS)
registerEnumType(BacktestPart, {
  name: 'BacktestPart',
  description: 'Whether the fit had seen a session.',
  valuesConfig: {
    TRAIN: { description: 'It was trained on its close.' },
    TEST: { description: 'It had not seen it.' },
  },
})

export const OrderOutcome = enumOf(ORDER_OUTCOMES)
registerEnumType(OrderOutcome, {
  name: 'OrderOutcome',
  description: 'What became of the order of a session.',
  valuesConfig: {
    NONE: { description: 'There was none: the target was held already.' },
    FILLED: { description: 'It was executed.' },
    UNFILLED: { description: 'It could not have been: a halt, or the daily limit.' },
  },
})

@ObjectType('BacktestRow', {
  description: 'One session of a backtest. Equity is in units of that at the start.',
})
export class BacktestRowType {
  @Field(() => Int, { description: 'Place among the sessions of the backtest, from 0.' })
  ordinal!: number

  @Field(() => Int, { description: 'The fold whose fit forecast it, from 0.' })
  fold!: number

  @Field(() => LocalDate, { description: 'The session.' })
  session!: Session

  @Field(() => BacktestPart, { description: 'Whether the fit had seen it.' })
  part!: PartName

  @Field(() => Float, { description: 'What it came to.' })
  actualClose!: number

  @Field(() => Float, { description: 'The close before: what persistence forecasts.' })
  previousClose!: number

  @Field(() => Float, {
    nullable: true,
    description: 'The forecast; null where the fold could not be fitted.',
  })
  predictedClose!: number | null

  @Field(() => Float, {
    nullable: true,
    description: "The network's output before it was turned into a price.",
  })
  scaledOutput!: number | null

  @Field(() => Boolean, {
    description: 'Whether the forecast lies at the edge of what the scaler can express.',
  })
  saturated!: boolean

  @Field(() => Float, {
    nullable: true,
    description: 'Lower end of the 80 % interval; null as long as too few residuals are known.',
  })
  lower80!: number | null

  @Field(() => Float, { nullable: true, description: 'Its upper end.' })
  upper80!: number | null

  @Field(() => Float, { nullable: true, description: 'Lower end of the 95 % interval.' })
  lower95!: number | null

  @Field(() => Float, { nullable: true, description: 'Its upper end.' })
  upper95!: number | null

  @Field(() => Int, {
    nullable: true,
    description:
      'What the forecast wants to hold: 1 long, 0 nothing, -1 short. Null in the training part, as all that follows.',
  })
  target!: number | null

  @Field(() => OrderOutcome, { nullable: true, description: 'What became of the order.' })
  order!: OrderName | null

  @Field(() => Float, { nullable: true, description: 'Where it was executed.' })
  fillPrice!: number | null

  @Field(() => Int, { nullable: true, description: 'What was held at the close.' })
  position!: number | null

  @Field(() => Float, { nullable: true, description: 'What was traded, over the equity before it.' })
  turnover!: number | null

  @Field(() => Float, { nullable: true, description: 'Commission and slippage.' })
  tradingCosts!: number | null

  @Field(() => Float, { nullable: true, description: 'Transaction tax.' })
  tax!: number | null

  @Field(() => Float, { nullable: true, description: 'Equity at the close, before costs.' })
  grossEquity!: number | null

  @Field(() => Float, { nullable: true, description: 'Equity at the close, after costs.' })
  netEquity!: number | null

  @Field(() => Float, { nullable: true, description: 'Buy-and-hold, before costs.' })
  holdGrossEquity!: number | null

  @Field(() => Float, { nullable: true, description: 'Buy-and-hold, after costs.' })
  holdNetEquity!: number | null
}

@ObjectType({ description: 'A session of a backtest in a list.' })
export class BacktestRowEdge extends edgeType(BacktestRowType) {}

@ObjectType({ description: 'A page of the sessions of a backtest, oldest first.' })
export class BacktestRowConnection extends connectionType(BacktestRowEdge) {}

export const backtestRowCursor = numberCursor('backtestRow')
