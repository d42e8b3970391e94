/**
 * Access control: every local program without a token, or every client that sends the token.
 *
 * Without a token the server listens on loopback only. A page of another site could still send requests through a local
 * browser. So a request must name a loopback host, which a rebound DNS name does not, and the `Origin` header, if there
 * is one, must be the server's own.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Refusal {
  readonly status: 401 | 403
  readonly message: string
}

export interface Access {
  /** The refusal of a request, or undefined if it is allowed. */
  refuse(headers: IncomingHttpHeaders): Refusal | undefined
  /** As {@link refuse}, for a WebSocket, which may send its token in its first message instead. */
  refuseUpgrade(headers: IncomingHttpHeaders): Refusal | undefined
  /** Whether the headers or the connection parameters of a WebSocket carry the token, or no token is configured. */
  admits(headers: IncomingHttpHeaders, parameters: Readonly<Record<string, unknown>> | undefined): boolean
}

/** The scheme is case-insensitive: RFC 9110, section 11.1. */
const BEARER = /^bearer +(\S+)$/i
const LOOPBACK_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]'])

export function createAccess(apiToken: string | undefined): Access {
  const expected = apiToken === undefined ? undefined : digest(apiToken)
  const carriesToken = (authorization: unknown): boolean => {
    if (expected === undefined) return true
    const [, token] = (typeof authorization === 'string' && BEARER.exec(authorization)) || []
    return token !== undefined && timingSafeEqual(digest(token), expected)
  }
  const unauthenticated: Refusal = {
    status: 401,
    message:
      'A valid token is missing; send the API_TOKEN of this server in the header "Authorization: Bearer <token>"',
  }
  return {
    refuse: (headers) =>
      carriesToken(headers.authorization) ? refuseOrigin(headers, expected === undefined) : unauthenticated,
    refuseUpgrade: (headers) =>
      headers.authorization === undefined || carriesToken(headers.authorization)
        ? refuseOrigin(headers, expected === undefined)
        : unauthenticated,
    admits: (headers, parameters) =>
      carriesToken(headers.authorization ?? parameters?.['authorization'] ?? parameters?.['Authorization']),
  }
}

function refuseOrigin(
  { host = '', origin }: IncomingHttpHeaders,
  loopbackOnly: boolean,
): Refusal | undefined {
  if (loopbackOnly && !LOOPBACK_NAMES.has(host.replace(/:\d+$/, '').toLowerCase())) {
    return {
      status: 403,
      message: `Host "${host}" is not a loopback host; connect to 127.0.0.1, or start the server with API_TOKEN`,
    }
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return {
      status: 403,
      message: `Requests from pages of ${origin} are refused; only pages of this server may use it`,
    }
  }
  return undefined
}

// Digests have equal length, which a comparison in constant time requires.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
