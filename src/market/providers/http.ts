/**
 * The HTTP client for vendors: spaced requests, timeouts, size limits, retries with jitter, and a stable code for
 * every failure.
 *
 * p-throttle and p-retry were considered: the first takes no clock of ours, the second needs Node 22 and ignores
 * Retry-After.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.js'
import { judgeStatus, moved, retryAfterOf } from './http-status.js'
import type { HttpAnswer, Tried, VendorFailure } from './http-status.js'
import { ProviderFailure } from './provider.js'
import { redacted } from './redaction.js'
import type { BarQuestion } from './provider.js'

export interface HttpClient {
  /**
   * Returns the answer after retries and redirects. Its status may still report an error of the question, such as
   * 404.
   * @throws ProviderFailure UNREACHABLE, TIMEOUT, THROTTLED, SERVER_ERROR, REFUSED, TOO_LARGE or CHANGED_FORMAT
   * @throws the signal's reason where it is aborted
   */
  get(url: URL, question: Asker, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>
  /** Sends JSON and returns the answer. Redirects are not followed. */
  post(url: URL, json: unknown, question: Asker): Promise<HttpAnswer>
}

export type Asker = Pick<BarQuestion, 'signal' | 'onRequest'>

/** What one vendor wants beside limits. */
export interface VendorManners {
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Texts that no message may contain, such as keys. */
  readonly secrets?: () => readonly string[]
  /** Called before every request, retries included, where the vendor counts them. @throws ProviderFailure OVER_BUDGET */
  readonly admit?: () => Promise<void>
  /** Recognises the vendor's own failures, before statuses are judged. */
  readonly judge?: (answer: HttpAnswer) => VendorFailure | undefined
}

/** Clock, delay and randomness, passed in so that tests control them. */
export interface Timing {
  nowMs(): number
  /** @throws the signal's reason where it is aborted */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 to below 1. */
  random(): number
}

export interface HttpLimits {
  /** Least time between the starts of two requests. */
  readonly spacingMs: number
  /** Limit for one request including its body. */
  readonly timeoutMs: number
  /** Limit for an unpacked body. Twenty-five years of one symbol take half a megabyte. */
  readonly maxBytes: number
}

const LIMITS: HttpLimits = { spacingMs: 500, timeoutMs: 15_000, maxBytes: 8_000_000 }
const MAX_TRIES = 4
const MAX_REDIRECTS = 3
const FIRST_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 20_000
/** Longest Retry-After that is waited for; beyond it the request fails. */
const MAX_RETRY_AFTER_MS = 60_000
/** Yahoo answers only clients that look like a browser. */
const USER_AGENT = 'Mozilla/5.0 (compatible; kospigraph)'
export const systemTiming: Timing = {
  nowMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  },
  random: () => Math.random(),
}

/** Creates a client for one vendor. All its requests share the spacing. */
export function createHttpClient(
  timing: Timing,
  limits: Partial<HttpLimits> = {},
  manners: VendorManners = {},
): HttpClient {
  const { spacingMs, timeoutMs, maxBytes } = { ...LIMITS, ...limits }
  let nextAtMs = -Infinity
  /** Waits for the next free slot; requests to this vendor start one after the other. */
  const takeTurn = async (signal: AbortSignal): Promise<void> => {
    const nowMs = timing.nowMs()
    const atMs = Math.max(nowMs, nextAtMs)
    nextAtMs = atMs + spacingMs
    if (atMs > nowMs) await timing.sleep(atMs - nowMs, signal)
    signal.throwIfAborted()
  }

  const ask = async (first: Outgoing, { signal, onRequest }: Asker): Promise<HttpAnswer> => {
    let request = first
    let redirects = 0
    for (let tries = 1; ;) {
      await takeTurn(signal)
      await manners.admit?.()
      onRequest()
      const tried = await tryOnce(request, signal, { timeoutMs, maxBytes }, manners)
      if (tried.kind === 'answer') return tried.answer
      if (tried.kind === 'moved') {
        redirects += 1
        if (redirects > MAX_REDIRECTS) {
          throw new ProviderFailure(
            'CHANGED_FORMAT',
            `${request.url.host} redirects more than ${MAX_REDIRECTS} times`,
          )
        }
        request = { ...request, url: tried.to }
        continue
      }
      const { failure, again } = tried
      const { retryAfterMs = 0 } = failure
      if (!again || tries === MAX_TRIES || retryAfterMs > MAX_RETRY_AFTER_MS) throw failure
      // Full jitter, so that requests that failed together do not retry together.
      const backoffMs = timing.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1))
      if (retryAfterMs > 0) nextAtMs = Math.max(nextAtMs, timing.nowMs() + retryAfterMs)
      await timing.sleep(Math.max(backoffMs, retryAfterMs), signal)
      tries += 1
    }
  }

  const secretly = async (asking: Promise<HttpAnswer>): Promise<HttpAnswer> => {
    try {
      return await asking
    } catch (error) {
      throw redacted(error, manners.secrets?.() ?? [])
    }
  }
  return {
    get: (url, asker, headers = {}) => secretly(ask({ url, headers }, asker)),
    post: (url, json, asker) => {
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      return secretly(ask({ url, headers, body: JSON.stringify(json) }, asker))
    },
  }
}

/** A request on its way; with a body it is a POST. */
interface Outgoing {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

async function tryOnce(
  { url, headers, body: sent }: Outgoing,
  signal: AbortSignal,
  { timeoutMs, maxBytes }: Pick<HttpLimits, 'timeoutMs' | 'maxBytes'>,
  manners: VendorManners,
): Promise<Tried> {
  const { host } = url
  // Not AbortSignal.any with a timeout: some releases of Node 20 collect that signal before it fires.
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal.reason)
  const timer = setTimeout(() => stop.abort(), timeoutMs)
  signal.addEventListener('abort', abort)
  try {
    signal.throwIfAborted()
    const response = await fetch(url, {
      redirect: 'manual',
      signal: stop.signal,
      headers: {
        'user-agent': USER_AGENT,
        accept: 'application/json,text/plain,*/*',
        ...manners.headers,
        ...headers,
      },
      ...(sent !== undefined && { method: 'POST', body: sent }),
    })
    const { status } = response
    if (status >= 300 && status < 400) return moved(url, response.headers.get('location'), sent !== undefined)
    const body = await readBody(response, maxBytes)
    if (body === undefined) {
      const message = `${host} sent more than ${maxBytes / 1_000_000} MB`
      return { kind: 'failed', again: false, failure: new ProviderFailure('TOO_LARGE', message) }
    }
    const own = manners.judge?.({ status, body })
    if (own) return { kind: 'failed', ...own }
    return judgeStatus(host, status, body, retryAfterOf(response.headers.get('retry-after')))
  } catch (cause) {
    signal.throwIfAborted()
    if (stop.signal.aborted) {
      const message = `${host} did not answer within ${timeoutMs / 1_000} s`
      return { kind: 'failed', again: true, failure: new ProviderFailure('TIMEOUT', message, { cause }) }
    }
    const message = `${host} cannot be reached: ${reasonOf(cause)}`
    return { kind: 'failed', again: true, failure: new ProviderFailure('UNREACHABLE', message, { cause }) }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    // Releases a body that was not read to its end.
    stop.abort()
  }
}

/** Returns the body, or undefined where it exceeds the limit. */
async function readBody(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  if (response.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The message of `fetch` is only "fetch failed"; its cause has the reason. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } }
  if (cause === undefined) return messageOf(error)
  return typeof cause.code === 'string' ? cause.code : messageOf(cause)
}
