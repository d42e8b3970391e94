/** The schema, built from the resolvers of every topic. */
import 'reflect-metadata'
import type { GraphQLSchema } from 'graphql'
import { buildSchema } from 'type-graphql'
import type { PubSub } from 'type-graphql'
import { BacktestEventResolver, BacktestResolver } from '../backtests/backtest.resolver.js'
import { CorporateActionResolver } from '../bars/actions/corporate-action.resolver.js'
import { BarRevisionResolver } from '../bars/bar-revision.resolver.js'
import { BarResolver } from '../bars/bar.resolver.js'
import { DataSummaryResolver } from '../bars/data-summary.resolver.js'
import { DeadLetterResolver } from '../queue/dead-letter.resolver.js'
import { CandidateResolver, ForecastResolver } from '../forecasts/forecast.resolver.js'
import { RunForecastResolver } from '../forecasts/run-forecast.resolver.js'
import { TrackRecordResolver } from '../forecasts/track-record.resolver.js'
import { IngestionResolver } from '../bars/ingestion.resolver.js'
import { IngestBarsResolver } from '../bars/ingest-bars.resolver.js'
import { ModelVersionResolver } from '../models/model-version.resolver.js'
import { DormantSymbolResolver, NightOutcomeResolver, NightResolver } from '../nights/night.resolver.js'
import { ChampionResolver, PromotionResolver } from '../forecasts/promotion.resolver.js'
import { RecipeResolver } from '../models/recipe.resolver.js'
import { RunEventResolver, RunResolver } from '../models/run.resolver.js'
import { ListingResolver, SymbolMarketsResolver } from '../bars/instruments/listing.resolver.js'
import { SymbolResolver } from '../bars/symbol.resolver.js'
import { SyncResolver } from '../sync/sync.resolver.js'
import { ProviderStatusResolver } from '../sync/provider-status.resolver.js'

/** type-graphql requires a PubSub if there are subscriptions. Ours read the event feed instead. */
const NO_PUB_SUB: PubSub = {
  publish: () => {
    throw new Error('events are published through the database; see services/queue/event-feed.ts')
  },
  subscribe: () => {
    throw new Error('this subscription has no subscribe function; give it one that reads the event feed')
  },
}

/** Descriptions of the root types, which type-graphql builds without any. */
const ROOT_DESCRIPTIONS: Readonly<Record<string, string>> = {
  Query: 'Reads stored data. A query changes nothing.',
  Mutation: 'Changes stored data, or starts and ends work.',
  Subscription: 'Sends events over a WebSocket as they happen.',
}

export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [
      SymbolResolver,
      SymbolMarketsResolver,
      ListingResolver,
      BarResolver,
      BarRevisionResolver,
      CorporateActionResolver,
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
      DormantSymbolResolver,
      NightOutcomeResolver,
      DeadLetterResolver,
      IngestBarsResolver,
      IngestionResolver,
      SyncResolver,
      ProviderStatusResolver,
    ],
    pubSub: NO_PUB_SUB,
    // Inputs are checked where they are read, with messages that name the argument.
    validate: false,
  })
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (root) root.description = ROOT_DESCRIPTIONS[root.name]
  }
  return schema
}
