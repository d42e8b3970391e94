/** The GraphQL types of the sessions of a backtest. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { BACKTEST_PARTS } from '../../domain/backtests/backtest.js'
import type { BacktestPart as PartName } from '../../domain/backtests/backtest.js'
import type { Session } from '../../domain/calendar/session.js'
import { ORDER_OUTCOMES, UNFILLED_REASONS } from '../../domain/backtests/strategy.js'
import type {
  OrderOutcome as OrderName,
  UnfilledReason as ReasonName,
} from '../../domain/backtests/strategy.js'
import { connectionType, edgeType, numberCursor } from '../connection.js'
import { enumOf } from '../enum.js'
import { LocalDate } from '../scalars.js'

export const BacktestPart = enumOf(BACKTEST_PARTS)
registerEnumType(BacktestPart, {
  name: 'BacktestPart',
  description: 'Part of a backtest that a session belongs to.',
  valuesConfig: {
    TRAIN: { description: 'The fit was trained on the close of the session.' },
    TEST: { description: 'The fit had not seen the close of the session.' },
  },
})

export const OrderOutcome = enumOf(ORDER_OUTCOMES)
registerEnumType(OrderOutcome, {
  name: 'OrderOutcome',
  description: 'Outcome of the order of a session.',
  valuesConfig: {
    NONE: {
      description: 'No order: the position already equals the target, or the strategy has lost everything.',
    },
    FILLED: { description: 'The order was executed.' },
    UNFILLED: { description: 'The order could not be executed or was not allowed; the position stays.' },
  },
})

export const UnfilledReason = enumOf(UNFILLED_REASONS)
registerEnumType(UnfilledReason, {
  name: 'UnfilledReason',
  description: 'Reason why an order was not filled.',
  valuesConfig: {
    HALT: { description: 'Trading was halted.' },
    AUCTION: { description: 'The auctions had no price, because nothing was traded in the session.' },
    LIMIT: {
      description:
        'A buy at the upper daily limit, a sale at the lower one, or a price that the limits of the last close do not allow.',
    },
    BANNED: { description: 'Short sales were not allowed.' },
    NO_SHORT_LIST: {
      description:
        'Short sales were allowed for some shares, and no list states for which; see SHORT_SALE_FILE.',
    },
  },
})

@ObjectType('BacktestRow', {
  description:
    'One session of a backtest. Prices are in the currency of the symbol, equity in units of the initial equity.',
})
export class BacktestRowType {
  @Field(() => Int, { description: 'Position among the sessions of the backtest, from 0.' })
  ordinal!: number

  @Field(() => Int, { description: 'Number of the fold whose fit forecast the session, from 0.' })
  fold!: number

  @Field(() => LocalDate, { description: 'Session of the row.' })
  session!: Session

  @Field(() => BacktestPart, { description: 'Training or test part.' })
  part!: PartName

  @Field(() => Float, { description: 'Actual close of the session.' })
  actualClose!: number

  @Field(() => Float, { description: 'Close of the previous session, which is the forecast of persistence.' })
  previousClose!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Forecast of the close; null if the fold could not be fitted.',
  })
  predictedClose!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Output of the network in scaled units; null if the fold could not be fitted.',
  })
  scaledOutput!: number | null

  @Field(() => Boolean, {
    description: 'Whether the forecast is saturated: it lies at the edge of the range of the scaler.',
  })
  saturated!: boolean

  @Field(() => Float, {
    nullable: true,
    description: 'Lower bound of the 80 % interval; null if too few past errors are known.',
  })
  lower80!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Upper bound of the 80 % interval; null if too few past errors are known.',
  })
  upper80!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Lower bound of the 95 % interval; null if too few past errors are known.',
  })
  lower95!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Upper bound of the 95 % interval; null if too few past errors are known.',
  })
  upper95!: number | null

  @Field(() => Int, {
    nullable: true,
    description:
      'Position that the forecast asks for: 1 long, 0 flat, -1 short. Null in the training part, and without a forecast.',
  })
  target!: number | null

  @Field(() => OrderOutcome, {
    nullable: true,
    description: 'Outcome of the order; null in the training part.',
  })
  order!: OrderName | null

  @Field(() => UnfilledReason, {
    nullable: true,
    description:
      'Reason why the order was not filled, or why the short sale of a filled reversal was refused; null if nothing was refused.',
  })
  unfilledReason!: ReasonName | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Price of the fill: the open, which the opening auction set. Slippage is part of tradingCosts. Null unless an order was filled.',
  })
  fillPrice!: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Position at the close: 1 long, 0 flat, -1 short. Null in the training part.',
  })
  position!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Traded value, divided by the equity before the trade; null in the training part.',
  })
  turnover!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Commission and slippage, in units of the initial equity; null in the training part.',
  })
  tradingCosts!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Transaction tax, in units of the initial equity; null in the training part.',
  })
  tax!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Equity of the strategy at the close, before costs; null in the training part.',
  })
  grossEquity!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Equity of the strategy at the close, after costs; null in the training part.',
  })
  netEquity!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Equity of buy-and-hold at the close, before costs; null in the training part.',
  })
  holdGrossEquity!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Equity of buy-and-hold at the close, after costs; null in the training part.',
  })
  holdNetEquity!: number | null
}

@ObjectType({ description: 'A session of a backtest with its cursor.' })
export class BacktestRowEdge extends edgeType(BacktestRowType) {}

@ObjectType({ description: 'A page of the sessions of a backtest, oldest first.' })
export class BacktestRowConnection extends connectionType(BacktestRowEdge) {}

export const backtestRowCursor = numberCursor('backtestRow')
