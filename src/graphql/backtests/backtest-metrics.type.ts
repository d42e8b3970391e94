/** The GraphQL types of the metrics of a backtest. Rates and returns are fractions: 0.01 is 1 %. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { UNFILLED_REASONS } from '../../domain/backtests/strategy.js'
import type { UnfilledReason as ReasonName } from '../../domain/backtests/strategy.js'
import { TRADING_ASSUMPTIONS } from '../../domain/backtests/trading-assumption.js'
import type { TradingAssumption as AssumptionName } from '../../domain/backtests/trading-assumption.js'
import type { Session } from '../../domain/calendar/session.js'
import type { BacktestMetrics as Metrics, StrategyPerformance } from '../../services/backtests/backtests.js'
import { enumOf } from '../enum.js'
import { LocalDate } from '../scalars.js'
import { UnfilledReason } from './backtest-row.type.js'

@ObjectType({
  description:
    'Diebold-Mariano test: whether the losses are significantly smaller than those of persistence.',
})
export class DieboldMariano {
  @Field(() => Float, {
    nullable: true,
    description:
      'Test statistic; above 0 if the losses are smaller than those of persistence. Null if the test is impossible.',
  })
  statistic!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'One-sided p-value: the probability of this statistic or a larger one if persistence were as good. Null if the test is impossible.',
  })
  pValue!: number | null

  @Field(() => String, {
    nullable: true,
    description: 'Stable code of the reason why the test is impossible; null if it was made.',
  })
  untested!: string | null
}

@ObjectType({
  description:
    'Errors of the forecasts, compared with persistence on the same sessions. Rates are fractions: 0.01 is 1 %.',
})
export class ForecastMetrics {
  @Field(() => Int, { description: 'Number of sessions with a forecast.' })
  sessions!: number

  @Field(() => Float, { description: 'Root mean squared error, in the currency of the symbol.' })
  rmse!: number

  @Field(() => Float, { description: 'Mean absolute error, in the currency of the symbol.' })
  mae!: number

  @Field(() => Float, { description: 'Root mean squared error of persistence on the same sessions.' })
  persistenceRmse!: number

  @Field(() => Float, { description: 'Mean absolute error of persistence on the same sessions.' })
  persistenceMae!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'Skill: 1 - rmse / persistenceRmse. Above 0 is better than persistence; null if persistence is never wrong.',
  })
  skill!: number | null

  @Field(() => Float, { description: 'Mean absolute percentage error, as a fraction of the actual close.' })
  mape!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'Coefficient of determination of the closes. Persistence also scores close to 1; null if all closes are equal.',
  })
  rSquared!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of sessions whose direction was forecast correctly, from 0 to 1. Sessions without a change and forecasts of no change are left out; null if none remains.',
  })
  hitRate!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Hit rate of always predicting a rise on the same sessions; null if none counts.',
  })
  upRate?: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Base rate of hitRate: the better of always predicting a rise and always predicting a fall on the same sessions, in hindsight. Null if none counts.',
  })
  baseRate?: number | null

  @Field(() => Float, {
    description:
      'Share of saturated forecasts, from 0 to 1. A forecast is saturated at the edge of the range of the scaler.',
  })
  saturatedShare!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'Root mean squared error of log returns, divided by that of persistence; below 1 is better. Null if it is undefined.',
  })
  returnRmseRatio!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Standard deviation of the predicted log returns, divided by that of the actual ones. Near 0 the forecasts hardly differ from persistence; null if it is undefined.',
  })
  spreadRatio!: number | null

  @Field(() => DieboldMariano, {
    description: 'Diebold-Mariano test against persistence, on squared errors of log returns.',
  })
  dieboldMariano!: DieboldMariano
}

@ObjectType({ description: 'Accuracy of the prediction intervals of one level.' })
export class IntervalMetrics {
  @Field(() => Float, { description: 'Nominal coverage of the intervals: 0.8 or 0.95.' })
  level!: number

  @Field(() => Int, { description: 'Number of sessions with an interval.' })
  sessions!: number

  @Field(() => Float, { description: 'Share of actual closes inside their interval, from 0 to 1.' })
  coverage!: number

  @Field(() => Float, { description: 'Mean width of the intervals, in the currency of the symbol.' })
  meanWidth!: number

  @Field(() => Float, {
    description:
      'Mean Winkler score: the width plus a penalty for closes outside the interval. Smaller is better.',
  })
  winklerScore!: number
}

@ObjectType({ description: 'Largest loss of equity from a previous peak.' })
export class Drawdown {
  @Field(() => Float, { description: 'Loss as a fraction of the peak: 0.25 is 25 %.' })
  depth!: number

  @Field(() => LocalDate, { description: 'Last session at the peak.' })
  peak!: Session

  @Field(() => LocalDate, { description: 'Session at the lowest point.' })
  trough!: Session

  @Field(() => LocalDate, {
    nullable: true,
    description: 'First session back at the peak; null if equity has not recovered.',
  })
  recovery!: Session | null
}

@ObjectType({
  description: 'Performance of an equity curve of closes. A year has 247 sessions; returns are fractions.',
})
export class Performance {
  @Field(() => Float, { description: 'Total return over the whole backtest.' })
  totalReturn!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Compound annual growth rate; null for less than one year.',
  })
  cagr!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Annualised standard deviation of the returns; null for fewer than two sessions.',
  })
  volatility!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Annualised Sharpe ratio with a risk-free rate of 0; null if the returns do not vary.',
  })
  sharpe!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Annualised Sortino ratio with a target return of 0; null if no return is negative.',
  })
  sortino!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Calmar ratio: compound annual growth rate divided by the maximum drawdown. Null for less than one year, or without a drawdown.',
  })
  calmar!: number | null

  @Field(() => Drawdown, { nullable: true, description: 'Maximum drawdown; null if equity never fell.' })
  maxDrawdown!: Drawdown | null
}

export const TradingAssumption = enumOf(TRADING_ASSUMPTIONS)
registerEnumType(TradingAssumption, {
  name: 'TradingAssumption',
  description: 'Assumption of a backtest about its instrument, for lack of data.',
  valuesConfig: {
    INDEX_PROXY: {
      description: 'An index cannot be traded; its prices stand for those of a future or a fund.',
    },
    KIND_UNKNOWN: { description: 'The kind of the instrument is not known; it is taxed as a share.' },
    MARKET_UNKNOWN: {
      description: 'The market is not known; tax and daily limits are those of the KOSPI.',
    },
    NO_SHORT_LIST: {
      description:
        'Short sales were refused because no list states which shares were permitted; see SHORT_SALE_FILE.',
    },
    NO_TICK: {
      description:
        'Some fills have no known tick, because prices are adjusted; slippage in ticks was not charged to them.',
    },
  },
})

@ObjectType({ description: 'Number of unfilled orders with one reason.' })
export class UnfilledCount {
  @Field(() => UnfilledReason, { description: 'Reason why the orders were not filled.' })
  reason!: ReasonName

  @Field(() => Int, { description: 'Number of these orders.' })
  orders!: number
}

@ObjectType({
  description: 'Results of trading on the forecasts. Rates and returns are fractions: 0.01 is 1 %.',
})
export class StrategyMetrics {
  @Field(() => Int, { description: 'Number of sessions.' })
  sessions!: number

  @Field(() => Performance, { description: 'Performance of the strategy before costs.' })
  gross!: StrategyPerformance

  @Field(() => Performance, {
    description: 'Performance of the strategy after commission, slippage and transaction tax.',
  })
  net!: StrategyPerformance

  @Field(() => Performance, { description: 'Performance of buy-and-hold before costs.' })
  holdGross!: StrategyPerformance

  @Field(() => Performance, { description: 'Performance of buy-and-hold after the same kinds of costs.' })
  holdNet!: StrategyPerformance

  @Field(() => Float, {
    nullable: true,
    description:
      'Share of sessions that closed with a position, from 0 to 1, up to ruin; null without sessions.',
  })
  exposure!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Value bought and sold per year, divided by equity: 2 is one entry and one exit. Null without sessions.',
  })
  turnover!: number | null

  @Field(() => Float, { description: 'Commission and slippage, as a fraction of the initial equity.' })
  tradingCosts!: number

  @Field(() => Float, { description: 'Transaction tax, as a fraction of the initial equity.' })
  tax!: number

  @Field(() => Int, { description: 'Number of filled orders.' })
  filledOrders!: number

  @Field(() => Int, { description: 'Number of orders that could not be filled or were not allowed.' })
  unfilledOrders!: number

  @Field(() => [UnfilledCount], {
    description:
      'Unfilled orders by reason. Reasons without orders are left out, and it is empty for backtests of versions that did not count them.',
  })
  unfilledByReason!: readonly UnfilledCount[]

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'Session in which the strategy lost everything; it traded nothing afterwards. Null if it did not.',
  })
  ruinedOn!: Session | null

  @Field(() => Int, { description: 'Number of closed trades.' })
  trades!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Share of closed trades with a gain before costs, from 0 to 1; null without trades.',
  })
  grossWinRate!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Share of closed trades with a gain after costs, from 0 to 1; null without trades.',
  })
  netWinRate!: number | null

  @Field(() => Int, {
    description:
      'Number of closed trades that a break of the series ended at the last close before it, without a fill.',
  })
  tradesEndedByBreak!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'Cost per fill, in basis points, at which the total return is 0. Null if there is no such cost.',
  })
  breakEvenCostBps!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Cost per fill, in basis points, at which the total return equals that of buy-and-hold. Null if there is no such cost.',
  })
  breakEvenCostBpsAgainstHold!: number | null
}

@ObjectType({ description: 'Metrics of a backtest, over its test part.' })
export class BacktestMetrics {
  @Field(() => ForecastMetrics, {
    nullable: true,
    description: 'Errors of the forecasts; null if no session has a forecast.',
  })
  forecast!: ForecastMetrics | null

  @Field(() => ForecastMetrics, {
    nullable: true,
    description:
      'Errors on the training part of a fixed split; null for a walk-forward. They do not measure accuracy on unseen sessions.',
  })
  training!: ForecastMetrics | null

  @Field(() => [IntervalMetrics], {
    description: 'Accuracy of the intervals, by level; empty if no session has an interval.',
  })
  intervals!: readonly IntervalMetrics[]

  @Field(() => StrategyMetrics, { description: 'Results of trading on the forecasts.' })
  strategy!: StrategyMetrics

  @Field(() => [TradingAssumption], {
    description: 'Assumptions that the results of trading rest on; empty if there are none.',
  })
  assumptions!: readonly AssumptionName[]
}

export function toBacktestMetrics({
  forecast,
  training,
  intervals,
  strategy,
  assumptions = [],
  breakEven,
}: Metrics): BacktestMetrics {
  const { hold, unfilledByReason, ruinedOn = null, ...rest } = strategy
  return {
    forecast: forecast && toForecastMetrics(forecast),
    training: training && toForecastMetrics(training),
    intervals,
    assumptions,
    strategy: {
      ...rest,
      tradesEndedByBreak: rest.tradesEndedByBreak ?? 0,
      unfilledByReason: UNFILLED_REASONS.flatMap((reason) => {
        const orders = unfilledByReason?.[reason] ?? 0
        return orders === 0 ? [] : [{ reason, orders }]
      }),
      ruinedOn,
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
