/** The schema, built from the resolvers of every topic. */
import 'reflect-metadata'
import type { GraphQLSchema } from 'graphql'
import { buildSchema } from 'type-graphql'
import type { PubSub } from 'type-graphql'
import { BacktestEventResolver, BacktestResolver } from '../backtests/backtest.resolver.js'
import { BarRevisionResolver } from '../bars/bar-revision.resolver.js'
import { BarResolver } from '../bars/bar.resolver.js'
import { DataSummaryResolver } from '../bars/data-summary.resolver.js'
import { DeadLetterResolver } from '../queue/dead-letter.resolver.js'
import { CandidateResolver, ForecastResolver } from '../forecasts/forecast.resolver.js'
import { RunForecastResolver } from '../forecasts/run-forecast.resolver.js'
import { TrackRecordResolver } from '../forecasts/track-record.resolver.js'
import { IngestionRecordResolver } from '../bars/ingestion-record.resolver.js'
import { IngestionResolver } from '../bars/ingestion.resolver.js'
import { ModelVersionResolver } from '../models/model-version.resolver.js'
import { NightOutcomeResolver, NightResolver } from '../nights/night.resolver.js'
import { ChampionResolver, PromotionResolver } from '../forecasts/promotion.resolver.js'
import { RecipeResolver } from '../models/recipe.resolver.js'
import { RunEventResolver, RunResolver } from '../models/run.resolver.js'
import { SymbolResolver } from '../bars/symbol.resolver.js'
import { SyncResolver } from '../bars/sync.resolver.js'

/** type-graphql asks for one as soon as there is a subscription; ours iterate over the event feed by themselves. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error('events are told by the database, see services/event-feed.ts')
  },
  subscribe: () => {
    throw new Error('a subscription needs a subscribe function of its own')
  },
}

export function createSchema(): Promise<GraphQLSchema> {
  return buildSchema({
    resolvers: [
      SymbolResolver,
      BarResolver,
      BarRevisionResolver,
      DataSummaryResolver,
      RecipeResolver,
      ModelVersionResolver,
      ForecastResolver,
      CandidateResolver,
      TrackRecordResolver,
      PromotionResolver,
      ChampionResolver,
      RunResolver,
      RunEventResolver,
      RunForecastResolver,
      BacktestResolver,
      BacktestEventResolver,
      NightResolver,
      NightOutcomeResolver,
      DeadLetterResolver,
      IngestionResolver,
      IngestionRecordResolver,
      SyncResolver,
    ],
    pubSub: NO_PUB_SUB,
    // Inputs are checked where they are read, with messages that name the argument.
    validate: false,
  })
}
