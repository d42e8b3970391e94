/**
 * Who may talk to the server: everyone on this machine, or whoever carries the token.
 *
 * Without a token the server listens on loopback only, and still a web page elsewhere could send requests
 * through the browser of whoever runs it. So a request must name a loopback host (a rebound name does not)
 * and, where a browser says which page sent it, that page must be the server's own.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Refusal {
  readonly status: 401 | 403
  readonly message: string
}

export interface Access {
  /** Why a request is refused, or undefined where it may pass. */
  refuse(headers: IncomingHttpHeaders): Refusal | undefined
  /** As {@link refuse}, for a WebSocket that may still send its token as its first message. */
  refuseUpgrade(headers: IncomingHttpHeaders): Refusal | undefined
  /** Whether the WebSocket's headers or its connection parameters carry the token, where one is needed. */
  admits(headers: IncomingHttpHeaders, parameters: Readonly<Record<string, unknown>> | undefined): boolean
}

/** The scheme is read in any case, RFC 9110 section 11.1. */
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
    message: 'This server asks for its API_TOKEN as a bearer token: "Authorization: Bearer <token>"',
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
    return { status: 403, message: `Host "${host}" is not this machine; use 127.0.0.1, or set API_TOKEN` }
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return { status: 403, message: `Pages of ${origin} may not use this server` }
  }
  return undefined
}

// Of equal length whatever was sent, as a comparison in constant time needs.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
