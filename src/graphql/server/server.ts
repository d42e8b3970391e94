/**
 * The HTTP server: GraphQL over HTTP and graphql-ws on one port, exports of backtests, the health check, and the offline
 * GraphiQL page for browsers.
 */
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { ApolloServerPluginSchemaReportingDisabled } from '@apollo/server/plugin/disabled'
import { ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled'
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify'
import fastify from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import { sanitizeText } from '../../domain/sanitize-text.js'
import type { ErrorCode } from '../../errors.js'
import type { Logger } from '../../logger.js'
import { createAccess } from './access.js'
import { serveBacktestExports } from '../backtests/backtest-export.js'
import { createContext } from '../context.js'
import type { Context, GraphQLServices } from '../context.js'
import { createFormatError } from './errors.js'
import { listenError } from './listen-error.js'
import { readPage } from './page.js'
import { MAX_TOKENS, QUERY_LIMITS } from './query-limits.js'
import { createSchema } from './schema.js'
import { serveSockets } from './sockets.js'

const GRAPHQL_PATH = '/graphql'
/** 50,000 bars, the largest delivery, are about 6 MB of JSON. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly apiToken: string | undefined
  readonly services: GraphQLServices
  /** Rejects if the database does not answer. */
  readonly checkDatabase: () => Promise<void>
  readonly log: Logger
}

export interface RunningServer {
  /** URL of the GraphQL endpoint. It has the actual port if port 0 was requested. */
  readonly url: string
  /** Waits for running requests, then closes every connection. */
  close(): Promise<void>
}

/** @throws KospigraphError CONFIGURATION if the port is taken or not allowed */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, port, services, log } = options
  const schema = await createSchema()
  const access = createAccess(options.apiToken)
  const formatError = createFormatError(log)
  const app = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: 'idle' })
  const apollo = createApollo(schema, app, formatError)
  await apollo.start()

  app.addHook('onRequest', async (request, reply) => {
    const refusal = access.refuse(request.headers)
    if (!refusal) return
    const code: ErrorCode = refusal.status === 401 ? 'UNAUTHENTICATED' : 'FORBIDDEN'
    await reply.code(refusal.status).send({ errors: [{ message: refusal.message, extensions: { code } }] })
  })
  app.setNotFoundHandler(async (request, reply) => {
    const message = `${request.method} ${sanitizeText(request.url)} does not exist; GraphQL is at ${GRAPHQL_PATH}`
    return reply.code(404).send({ errors: [{ message, extensions: { code: 'NOT_FOUND' } }] })
  })
  app.setErrorHandler(async (error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) log.error({ err: error }, 'a request failed')
    const message =
      status >= 500 ? 'Internal error; look up the details in the log of the server' : error.message
    const code =
      status === 413 ? 'PAYLOAD_TOO_LARGE' : status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST'
    return reply.code(status).send({ errors: [{ message, extensions: { code } }] })
  })
  let closing = false
  // A connection that stays alive after its last response would delay the drain until it times out.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  app.get('/', async (_request, reply) => reply.redirect(GRAPHQL_PATH))
  app.get('/health', async (_request, reply) => {
    try {
      await options.checkDatabase()
      return { status: 'ok' }
    } catch (error) {
      log.warn({ err: error }, 'the database does not answer')
      return reply.code(503).send({ status: 'the database does not answer' })
    }
  })
  serveBacktestExports(app, services, log)
  const page = await readPage()
  const handle = fastifyApolloHandler(apollo, { context: async () => createContext(services) })
  app.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    async handler(this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
      return page.isWanted(request)
        ? page.send(request, reply)
        : handle.call(this, request as never, reply as never)
    },
  })
  const sockets = serveSockets({
    server: app.server,
    path: GRAPHQL_PATH,
    schema,
    services,
    access,
    formatError,
    log,
  })

  await app.listen({ host, port }).catch(async (cause: unknown) => {
    await apollo.stop()
    throw listenError(host, port, cause)
  })
  const listening = app.server.address()
  const boundPort = typeof listening === 'object' && listening ? listening.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}${GRAPHQL_PATH}`,
    async close() {
      closing = true
      await sockets.close()
      await apollo.stop()
      await app.close()
    },
  }
}

function createApollo(
  schema: GraphQLSchema,
  app: FastifyInstance,
  formatError: ReturnType<typeof createFormatError>,
): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    formatError,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    validationRules: [...QUERY_LIMITS],
    plugins: [
      // The default wraps every field in unused cache hints. Without it, lists are 40 % faster.
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      fastifyApolloDrainPlugin(app),
    ],
  })
}
