/** Sample backtests as the services return them, for tests of what displays them. */
import type {
  Backtest,
  BacktestRow,
  BacktestSettings,
  BacktestStrategy,
} from '../../src/domain/backtests/backtest.js'
import { RECIPES } from '../../src/domain/models/recipe.js'
import type { Session } from '../../src/domain/calendar/session.js'
import type { StoredSymbol } from '../../src/domain/symbol.js'
import type { BacktestMetrics } from '../../src/services/backtests/backtests.js'

export const BACKTEST_ID = '11111111-2222-4333-8444-555555555555'

const strategy: BacktestStrategy = {
  kind: 'LONG_FLAT',
  threshold: 0,
  execution: 'NEXT_OPEN',
  commissionBps: 1.5,
  slippageBps: 2,
}
const [recipe] = RECIPES
if (!recipe) throw new Error('there is no recipe')

export const WALK_FORWARD: BacktestSettings = {
  protocol: 'WALK_FORWARD',
  recipe,
  seed: 0,
  strategy,
  refitEvery: 1,
  window: 'ROLLING',
}
export const FIXED_SPLIT: BacktestSettings = {
  protocol: 'FIXED_SPLIT',
  recipe,
  seed: 0,
  strategy,
  trainSamples: 3,
  scalerFit: 'TRAINING_ROWS',
}

export const SYMBOL: StoredSymbol = {
  id: 1,
  code: 'KOSPI',
  name: 'KOSPI Composite Index',
  kind: 'INDEX',
  market: 'KOSPI',
  nameKo: null,
  nameEn: null,
  isin: null,
  sector: null,
  listedOn: null,
  delistedOn: null,
  currency: 'KRW',
  decimals: 2,
  simulated: false,
  dataVersion: 1,
  closeBasis: null,
  volumeBasis: null,
}

export function backtestOf(changes: Partial<Backtest> = {}): Backtest {
  return {
    id: BACKTEST_ID,
    symbolId: 1,
    status: 'SUCCEEDED',
    settings: WALK_FORWARD,
    recipeHash: 'r',
    dataVersion: 1,
    asOf: null,
    fingerprint: 'f',
    sessions: 6,
    folds: 6,
    doneSessions: 6,
    doneFolds: 6,
    fromSession: '2024-01-02' as Session,
    toSession: '2024-01-09' as Session,
    leaky: false,
    optimistic: false,
    breaks: [],
    engine: 'wasm',
    engineVersion: 'wasm-2',
    device: 'wasm-simd',
    engineReason: 'set',
    lossCurve: [],
    errorCode: null,
    errorMessage: null,
    requestedAt: new Date(0),
    startedAt: new Date(1),
    finishedAt: new Date(2),
    ...changes,
  }
}

/** Six sessions, of which the third has no forecast and the first two no interval. */
export function backtestRows(): BacktestRow[] {
  const sessions = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08', '2024-01-09']
  return sessions.map((session, ordinal) => {
    const predicted = ordinal === 2 ? null : 2_600 + ordinal
    const bound = (distance: number): number | null =>
      predicted === null || ordinal < 2 ? null : predicted + distance
    return {
      ordinal,
      fold: ordinal,
      session: session as Session,
      part: 'TEST',
      actualClose: 2_610 - ordinal,
      previousClose: 2_611 - ordinal,
      predictedClose: predicted,
      scaledOutput: predicted === null ? null : 0.5,
      saturated: false,
      lower80: bound(-10),
      upper80: bound(10),
      lower95: bound(-20),
      upper95: bound(20),
      target: 1,
      order: 'NONE',
      unfilledReason: null,
      fillPrice: null,
      position: 1,
      turnover: 0,
      tradingCosts: 0,
      tax: 0,
      grossEquity: 1 + ordinal / 10,
      netEquity: 1 - ordinal / 20,
      holdGrossEquity: 1,
      holdNetEquity: 1 + (ordinal % 2) / 10,
    }
  })
}

const CURVE = {
  totalReturn: 12.345,
  cagr: null,
  volatility: 0.2,
  sharpe: 1.234,
  sortino: -0.5,
  calmar: null,
  maxDrawdown: {
    depth: 0.25,
    peak: '2024-01-02' as Session,
    trough: '2024-01-05' as Session,
    recovery: null,
  },
}
const FORECAST = {
  sessions: 5,
  rmse: 12_345.678,
  mae: 1.5,
  persistenceRmse: 0.8,
  persistenceMae: 0.7,
  skill: -1.234,
  mape: 0.01,
  rSquared: 0.5,
  hitRate: 0.456,
  upRate: 0.42,
  baseRate: 0.58,
  saturatedShare: 0.1,
  returns: null,
  dieboldMariano: { kind: 'tested', statistic: -1, pValue: 0.0004, lag: 1 },
} as const

export const METRICS: BacktestMetrics = {
  forecast: FORECAST,
  training: null,
  intervals: [
    { level: 0.8, sessions: 4, coverage: 0.75, meanWidth: 20, winklerScore: 30.5 },
    { level: 0.95, sessions: 4, coverage: 1, meanWidth: 40, winklerScore: 40 },
  ],
  strategy: {
    sessions: 6,
    gross: CURVE,
    net: CURVE,
    hold: { gross: CURVE, net: CURVE },
    exposure: 0.5,
    turnover: 33.33,
    tradingCosts: 0.01,
    tax: 0.02,
    filledOrders: 1_234,
    unfilledOrders: 7,
    trades: 617,
    grossWinRate: 0.6,
    netWinRate: null,
    tradesEndedByBreak: 0,
  },
  breakEven: { costBps: 4.25, costBpsAgainstHold: null },
}
