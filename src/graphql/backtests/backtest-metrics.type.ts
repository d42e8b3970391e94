/** What a backtest came to, in numbers. Shares and returns are fractions: 0.01 is one percent. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import type { BacktestMetrics as Metrics, StrategyPerformance } from '../../services/backtests/backtests.js'
import { LocalDate } from '../scalars.js'

@ObjectType({
  description:
    "A test of Diebold and Mariano: whether losses are smaller than the baseline's by more than chance.",
})
export class DieboldMariano {
  @Field(() => Float, {
    nullable: true,
    description:
      "Above 0 where the forecast's losses are smaller than persistence's; null where there is no test.",
  })
  statistic!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'One-sided: the chance of such a statistic, or a larger one, from a forecast no better than persistence.',
  })
  pValue!: number | null

  @Field(() => String, { nullable: true, description: 'Why there is no test, where there is none.' })
  untested!: string | null
}

@ObjectType({
  description: 'How far forecasts lay from what happened, beside persistence on the same sessions.',
})
export class ForecastMetrics {
  @Field(() => Int, { description: 'Sessions that had a forecast.' })
  sessions!: number

  @Field(() => Float, { description: "Root mean squared error, in the symbol's currency." })
  rmse!: number

  @Field(() => Float, { description: "Mean absolute error, in the symbol's currency." })
  mae!: number

  @Field(() => Float, { description: 'The same of persistence.' })
  persistenceRmse!: number

  @Field(() => Float, { description: 'The same of persistence.' })
  persistenceMae!: number

  @Field(() => Float, {
    nullable: true,
    description: '1 - RMSE / RMSE of persistence: above 0 is better than persistence.',
  })
  skill!: number | null

  @Field(() => Float, { description: 'Mean absolute error relative to the close.' })
  mape!: number

  @Field(() => Float, {
    nullable: true,
    description: '1 - squared error over that of the mean close; close to 1 for persistence too.',
  })
  rSquared!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the sessions whose close changed for which the direction was right.',
  })
  hitRate!: number | null

  @Field(() => Float, { description: 'Share of forecasts at the edge of what the scaler can express.' })
  saturatedShare!: number

  @Field(() => Float, { nullable: true, description: 'RMSE on log returns over that of persistence.' })
  returnRmseRatio!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Standard deviation of the predicted returns over that of the actual ones: near 0 the forecasts say next to nothing.',
  })
  spreadRatio!: number | null

  @Field(() => DieboldMariano, { description: 'Against persistence, on squared errors of log returns.' })
  dieboldMariano!: DieboldMariano
}

@ObjectType({ description: 'How intervals of one level held.' })
export class IntervalMetrics {
  @Field(() => Float, { description: 'Share of sessions that they were to cover.' })
  level!: number

  @Field(() => Int, { description: 'Sessions that had an interval.' })
  sessions!: number

  @Field(() => Float, { description: 'Share of sessions whose close lay in its interval.' })
  coverage!: number

  @Field(() => Float, { description: "Mean width, in the symbol's currency." })
  meanWidth!: number

  @Field(() => Float, {
    description:
      'Mean interval score of Winkler: width, and a penalty for what lies outside; smaller is better.',
  })
  winklerScore!: number
}

@ObjectType({ description: 'The largest fall from a height.' })
export class Drawdown {
  @Field(() => Float, { description: '0.25 is a loss of a quarter.' })
  depth!: number

  @Field(() => LocalDate, { description: 'The last session at the height.' })
  peak!: Session

  @Field(() => LocalDate, { description: 'The session at the bottom.' })
  trough!: Session

  @Field(() => LocalDate, {
    nullable: true,
    description: 'The first session back at the height; null where there is none yet.',
  })
  recovery!: Session | null
}

@ObjectType({ description: 'How an equity did, of closes; a year has 247 sessions.' })
export class Performance {
  @Field(() => Float, { description: 'Over the whole run.' })
  totalReturn!: number

  @Field(() => Float, { nullable: true, description: 'Growth a year; null below one year.' })
  cagr!: number | null

  @Field(() => Float, { nullable: true, description: 'Standard deviation of returns, a year.' })
  volatility!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Mean return over standard deviation, a year, with a riskless rate of 0.',
  })
  sharpe!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Mean return over downside deviation, a year, with a target of 0.',
  })
  sortino!: number | null

  @Field(() => Float, { nullable: true, description: 'Growth a year over the largest drawdown.' })
  calmar!: number | null

  @Field(() => Drawdown, { nullable: true, description: 'Null where equity never fell.' })
  maxDrawdown!: Drawdown | null
}

@ObjectType({ description: 'What following the forecasts would have earned.' })
export class StrategyMetrics {
  @Field(() => Int, { description: 'Sessions.' })
  sessions!: number

  @Field(() => Performance, { description: 'Before costs.' })
  gross!: StrategyPerformance

  @Field(() => Performance, { description: 'After commission, slippage and transaction tax.' })
  net!: StrategyPerformance

  @Field(() => Performance, { description: 'Buy-and-hold before costs.' })
  holdGross!: StrategyPerformance

  @Field(() => Performance, { description: 'Buy-and-hold after the same costs.' })
  holdNet!: StrategyPerformance

  @Field(() => Float, { nullable: true, description: 'Share of sessions that closed with a position.' })
  exposure!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'What was bought and sold in a year, over equity: 2 is one trade in and out.',
  })
  turnover!: number | null

  @Field(() => Float, { description: 'Commission and slippage, over the equity at the start.' })
  tradingCosts!: number

  @Field(() => Float, { description: 'Transaction tax, over the equity at the start.' })
  tax!: number

  @Field(() => Int, { description: 'Orders that were filled.' })
  filledOrders!: number

  @Field(() => Int, { description: 'Orders that could not have filled: halts and daily limits.' })
  unfilledOrders!: number

  @Field(() => Int, { description: 'Trades closed.' })
  trades!: number

  @Field(() => Float, { nullable: true, description: 'Share of trades closed with a gain before costs.' })
  grossWinRate!: number | null

  @Field(() => Float, { nullable: true, description: 'Share of trades closed with a gain after costs.' })
  netWinRate!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'The cost of every fill, in basis points, at which the total return would be 0; null where there is none.',
  })
  breakEvenCostBps!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'The same, at which the total return would be that of buy-and-hold.',
  })
  breakEvenCostBpsAgainstHold!: number | null
}

@ObjectType({ description: 'What a backtest came to, over its test part.' })
export class BacktestMetrics {
  @Field(() => ForecastMetrics, { nullable: true, description: 'Null where no session had a forecast.' })
  forecast!: ForecastMetrics | null

  @Field(() => ForecastMetrics, {
    nullable: true,
    description: 'Of the training part of a fixed split: how well the network knows what it was shown.',
  })
  training!: ForecastMetrics | null

  @Field(() => [IntervalMetrics], { description: 'One a level; none where no session had an interval.' })
  intervals!: readonly IntervalMetrics[]

  @Field(() => StrategyMetrics, { description: 'What following the forecasts would have earned.' })
  strategy!: StrategyMetrics
}

export function toBacktestMetrics({
  forecast,
  training,
  intervals,
  strategy,
  breakEven,
}: Metrics): BacktestMetrics {
  const { hold, ...rest } = strategy
  return {
    forecast: forecast && toForecastMetrics(forecast),
    training: training && toForecastMetrics(training),
    intervals,
    strategy: {
      ...rest,
      holdGross: hold.gross,
      holdNet: hold.net,
      breakEvenCostBps: breakEven.costBps,
      breakEvenCostBpsAgainstHold: breakEven.costBpsAgainstHold,
    },
  }
}

function toForecastMetrics({
  returns,
  dieboldMariano: test,
  ...metrics
}: NonNullable<Metrics['forecast']>): ForecastMetrics {
  return {
    ...metrics,
    returnRmseRatio: returns?.rmseRatio ?? null,
    spreadRatio: returns?.spreadRatio ?? null,
    dieboldMariano:
      test.kind === 'tested'
        ? { statistic: test.statistic, pValue: test.pValue, untested: null }
        : { statistic: null, pValue: null, untested: test.reason },
  }
}
