/** GraphQL over WebSocket, in the graphql-ws protocol, on the HTTP server's port. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError, specifiedRules, validate } from 'graphql'
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { Access, Refusal } from './access.js'
import { createContext } from './context.js'
import type { GraphQLServices } from './context.js'
import type { FormatError } from './errors.js'
import { QUERY_LIMITS } from './query-limits.js'

/** Room for any query and small mutation; deliveries of bars come in over HTTP. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** How long clients may take to answer that the connection ends; one that has gone to sleep never does. */
const GOODBYE_MS = 2_000

export interface SocketOptions {
  readonly server: Server
  readonly path: string
  readonly schema: GraphQLSchema
  readonly services: GraphQLServices
  readonly access: Access
  readonly formatError: FormatError
}

export function serveSockets(options: SocketOptions): { close(): Promise<void> } {
  const { server, path, schema, services, access, formatError } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  const format = (error: GraphQLError, code: string): GraphQLFormattedError => {
    // Only what a resolver threw has a place in the answer; the rest is the request's own fault.
    const formatted = error.toJSON()
    return error.path
      ? formatError(formatted, error)
      : formatError({ ...formatted, extensions: { code } }, error)
  }
  const protocol = useServer(
    {
      schema,
      validate: (against, document) => validate(against, document, [...specifiedRules, ...QUERY_LIMITS]),
      context: () => createContext(services),
      onConnect: ({ extra, connectionParams }) => access.admits(extra.request.headers, connectionParams),
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
    },
    sockets,
  )

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (new URL(request.url ?? '/', 'http://any').pathname !== path) {
      refuse(socket, { status: 403, message: `WebSockets are served at ${path}` })
      return
    }
    const refusal = access.refuseUpgrade(request.headers)
    if (refusal) refuse(socket, refusal)
    else sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request))
  }
  server.on('upgrade', onUpgrade)

  return {
    async close() {
      server.off('upgrade', onUpgrade)
      for (const client of sockets.clients) client.close(1001, 'the server is stopping')
      const impatience = setTimeout(() => {
        for (const client of sockets.clients) client.terminate()
      }, GOODBYE_MS)
      await protocol.dispose()
      clearTimeout(impatience)
    },
  }
}

function refuse(socket: Duplex, { status, message }: Refusal): void {
  const reason = status === 401 ? 'Unauthorized' : 'Forbidden'
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${message}\n`,
  )
}
