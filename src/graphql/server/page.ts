/** Serves the GraphiQL page, which the build compresses, in an encoding that the browser accepts. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'

export interface Page {
  /** Whether the request asks for the page: a browser opens a link, with or without a query in it. */
  isWanted(request: FastifyRequest): boolean
  send(request: FastifyRequest, reply: FastifyReply): FastifyReply
}

/** Encodings that the build writes, the smallest first. */
const ENCODINGS = { br: '.br', gzip: '.gz', identity: '' } as const
type Encoding = keyof typeof ENCODINGS
const PREFERRED = Object.keys(ENCODINGS) as Encoding[]

// The page contains all of its resources. The header enforces that.
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  'worker-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface Encoded {
  readonly body: Buffer
  readonly etag: string
}

/** @throws Error if the build has not written the page */
export async function readPage(): Promise<Page> {
  const encoded: Record<Encoding, Encoded> = {
    br: await readEncoded('br'),
    gzip: await readEncoded('gzip'),
    identity: await readEncoded('identity'),
  }
  return {
    isWanted(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return false
      // JSON comes first, so a client that accepts anything gets JSON.
      return new Negotiator(request.raw).mediaType(['application/json', 'text/html']) === 'text/html'
    },
    send(request, reply) {
      const accepted = new Negotiator(request.raw).encodings(PREFERRED)
      const encoding = PREFERRED.find((known) => accepted.includes(known)) ?? 'identity'
      const { body, etag } = encoded[encoding]
      reply
        .header('etag', etag)
        // A browser caches the page and revalidates it each time.
        .header('cache-control', 'no-cache')
        .header('vary', 'accept, accept-encoding')
        .header('content-security-policy', POLICY)
      if (hasEtag(request.headers['if-none-match'], etag)) return reply.code(304).send()
      if (encoding !== 'identity') reply.header('content-encoding', encoding)
      return reply.type('text/html; charset=utf-8').send(body)
    },
  }
}

async function readEncoded(encoding: Encoding): Promise<Encoded> {
  const body = await readFile(new URL(`./graphiql.html${ENCODINGS[encoding]}`, import.meta.url))
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` }
}

/** A weak comparison, RFC 9110 section 13.1.2. */
function hasEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return known.includes('*') || known.includes(etag)
}
