/**
 * One WebSocket of the graphql-ws protocol. The protocol pulls the next event of a subscription once the previous message
 * is handed to the operating system, so a client that does not read delays only its own subscriptions. After a time limit
 * its connection is closed.
 */
import type { IncomingMessage } from 'node:http'
import type { Server } from 'graphql-ws'
import type { WebSocket } from 'ws'
import { messageOf } from '../../errors.js'
import type { Logger } from '../../logger.js'

/** A client that does not answer a ping within this time is disconnected. */
const PING_MS = 12_000
/** Time that a client has to confirm the close. A client that does not read never confirms. */
export const GOODBYE_MS = 2_000
/** Close codes: 4413 is specific to this server, 4400 is the protocol's Bad Request. */
const TOO_SLOW = 4413
const BAD_REQUEST = 4400

export interface SocketExtra {
  readonly request: IncomingMessage
}

export interface SlownessLimits {
  /** Most bytes that may wait for a client to read them. */
  readonly bufferedBytes: number
  /** Longest time that a message may wait for the client to read it. */
  readonly stallMs: number
}

export function connectSocket(
  server: Server<SocketExtra>,
  { socket, request }: { readonly socket: WebSocket; readonly request: IncomingMessage },
  { limits, log }: { readonly limits: SlownessLimits; readonly log: Logger },
): void {
  const { bufferedBytes, stallMs } = limits
  let waiting = 0
  let stall: NodeJS.Timeout | undefined
  let answered = true
  const isOpen = (): boolean => socket.readyState === socket.OPEN
  const giveUp = (): void => {
    if (!isOpen()) return
    log.warn('a WebSocket client does not read its messages; the connection is closed')
    socket.close(TOO_SLOW, 'messages are not read in time')
    stall = setTimeout(() => socket.terminate(), GOODBYE_MS)
  }
  const send = async (data: string): Promise<void> => {
    if (!isOpen()) return
    if (socket.bufferedAmount > bufferedBytes) {
      clearTimeout(stall)
      giveUp()
      return
    }
    waiting += 1
    stall ??= setTimeout(giveUp, stallMs)
    // An error means that the connection is closing, so nothing else must be done.
    await new Promise<void>((resolve) => socket.send(data, () => resolve()))
    waiting -= 1
    if (!isOpen()) return
    clearTimeout(stall)
    stall = waiting > 0 ? setTimeout(giveUp, stallMs) : undefined
  }
  const ping = setInterval(() => {
    // A ping would queue behind the waiting messages.
    if (waiting > 0) return
    if (!answered) socket.terminate()
    else socket.ping()
    answered = false
  }, PING_MS)
  socket.on('pong', () => (answered = true))
  // Invalid or oversized frames: the socket closes itself with the matching code.
  socket.on('error', (error) => log.debug(`a WebSocket failed: ${messageOf(error)}`))
  const closed = server.opened(
    {
      protocol: socket.protocol,
      send,
      close: (code, reason) => socket.close(code, reason),
      onMessage: (handle) =>
        socket.on('message', (data: Buffer) => {
          handle(data.toString()).catch((error: unknown) => {
            log.warn({ err: error }, 'a message of a WebSocket failed')
            socket.close(BAD_REQUEST, 'Invalid message received')
          })
        }),
    },
    { request },
  )
  socket.once('close', (code, reason) => {
    clearTimeout(stall)
    clearInterval(ping)
    void closed(code, reason.toString())
  })
}
