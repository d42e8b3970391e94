/** Serves GraphQL over WebSockets, in the graphql-ws protocol, on the port of the HTTP server. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, createSourceEventStream, execute, parse, specifiedRules, validate } from 'graphql'
import type { ExecutionArgs, ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql'
import { handleProtocols, makeServer } from 'graphql-ws'
import type { SubscribePayload } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import { mapEach } from '../../domain/queue/cancellable.js'
import { KospigraphError } from '../../errors.js'
import type { Logger } from '../../logger.js'
import type { Access, Refusal } from './access.js'
import { createContext } from '../context.js'
import type { GraphQLServices } from '../context.js'
import type { FormatError } from './errors.js'
import { MAX_TOKENS, QUERY_LIMITS } from './query-limits.js'
import { GOODBYE_MS, connectSocket } from './socket-connection.js'
import type { SlownessLimits, SocketExtra } from './socket-connection.js'

/** Enough for queries and small mutations. Large deliveries of bars must use HTTP. */
const MAX_MESSAGE_BYTES = 64 * 1024

export interface SocketLimits extends SlownessLimits {
  readonly connections: number
  /** Most subscriptions and queries that may run at once on one connection. */
  readonly operations: number
}

const LIMITS: SocketLimits = {
  connections: 5_000,
  operations: 100,
  bufferedBytes: 16 * 1024 * 1024,
  stallMs: 30_000,
}

export interface SocketOptions {
  readonly server: Server
  readonly path: string
  readonly schema: GraphQLSchema
  readonly services: GraphQLServices
  readonly access: Access
  readonly formatError: FormatError
  readonly log: Logger
  readonly limits?: SocketLimits
}

export function serveSockets(options: SocketOptions): { close(): Promise<void> } {
  const { server, path, schema, services, access, formatError, log, limits = LIMITS } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols })
  const format = (error: GraphQLError, code: string): GraphQLFormattedError => {
    const formatted = error.toJSON()
    if (error.path) return formatError(formatted, error)
    // The source of a subscription threw it. An error without a cause is a fault of the request.
    if (error.originalError) return formatError(formatted, error.originalError)
    return formatError({ ...formatted, extensions: { code } }, error)
  }
  const prepare = (
    { query, variables, operationName }: SubscribePayload,
    running: number,
  ): ExecutionArgs | readonly GraphQLError[] => {
    if (running > limits.operations) {
      const message = `This connection already runs ${limits.operations} operations; end some of them, or open another connection`
      return [new GraphQLError(message, { originalError: new KospigraphError('LIMIT_EXCEEDED', message) })]
    }
    let document
    try {
      document = parse(query, { maxTokens: MAX_TOKENS })
    } catch (error) {
      if (error instanceof GraphQLError) return [error]
      throw error
    }
    const problems = validate(schema, document, [...specifiedRules, ...QUERY_LIMITS])
    if (problems.length > 0) return problems
    const given = { variableValues: variables ?? null, operationName: operationName ?? null }
    return { schema, document, ...given, contextValue: createContext(services) }
  }
  const protocol = makeServer<Record<string, unknown>, SocketExtra>({
    onConnect: ({ extra, connectionParams }) => access.admits(extra.request.headers, connectionParams),
    onSubscribe: ({ subscriptions }, _id, payload) => prepare(payload, Object.keys(subscriptions).length),
    subscribe: (args) => subscribeWith(args, () => createContext(services)),
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) =>
        error instanceof GraphQLError ? format(error, 'GRAPHQL_VALIDATION_FAILED') : error,
      ),
    onNext: (_context, _id, _payload, _args, { errors, data = null, extensions }) =>
      errors && {
        data,
        errors: errors.map((error) => format(error, 'BAD_USER_INPUT')),
        ...(extensions && { extensions }),
      },
  })

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until the upgrade is done, no other listener handles errors of this socket.
    socket.on('error', (error) => log.debug(`a connection failed: ${error.message}`))
    // HTTP allows request targets that are not URLs.
    if (request.url?.split('?')[0] !== path) {
      refuse(socket, { status: 403, message: `WebSockets are served at ${path}` })
      return
    }
    const refusal = access.refuseUpgrade(request.headers)
    if (refusal) refuse(socket, refusal)
    else if (sockets.clients.size >= limits.connections) {
      refuse(socket, {
        status: 503,
        message: `This server already has ${limits.connections} open WebSockets; try again later, or start another server with --role api`,
      })
    } else {
      sockets.handleUpgrade(request, socket, head, (client) =>
        connectSocket(protocol, { socket: client, request }, { limits, log }),
      )
    }
  }
  server.on('upgrade', onUpgrade)

  return {
    async close() {
      server.off('upgrade', onUpgrade)
      for (const client of sockets.clients) client.close(1001, 'the server is stopping')
      const impatience = setTimeout(() => {
        for (const client of sockets.clients) client.terminate()
      }, GOODBYE_MS)
      await new Promise<void>((resolve) => {
        sockets.close(() => resolve())
      })
      clearTimeout(impatience)
    },
  }
}

/** Creates a context for each event, because loaders cache and a subscription may last for days. */
async function subscribeWith(
  args: ExecutionArgs,
  context: () => unknown,
): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args)
  if (!(Symbol.asyncIterator in source)) return source
  return mapEach(source[Symbol.asyncIterator](), async (rootValue) =>
    execute({ ...args, rootValue, contextValue: context() }),
  )
}

const REASONS = { 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' } as const

function refuse(
  socket: Duplex,
  { status, message }: { readonly status: Refusal['status'] | 503; readonly message: string },
): void {
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`,
  )
}
