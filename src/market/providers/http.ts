/**
 * The HTTP client for vendors: spaced requests, timeouts, size limits, retries with jitter, and a stable code for
 * every failure.
 *
 * p-throttle and p-retry were considered: the first takes no clock of ours, the second needs Node 22 and ignores
 * Retry-After.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../../errors.js'
import { ProviderFailure } from './provider.js'
import type { BarQuestion } from './provider.js'

export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array
}

export interface HttpClient {
  /**
   * Returns the answer after retries and redirects. Its status may still report an error of the question, such as
   * 404.
   * @throws ProviderFailure UNREACHABLE, TIMEOUT, THROTTLED, SERVER_ERROR, REFUSED, TOO_LARGE or CHANGED_FORMAT
   * @throws the signal's reason where it is aborted
   */
  get(url: URL, question: Pick<BarQuestion, 'signal' | 'onRequest'>): Promise<HttpAnswer>
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
/** Yahoo's own status for a refused client. */
const YAHOO_DENIES = 999

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

/** Result of one try. `again` marks failures that another try may solve. */
type Tried =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'moved'; readonly to: URL }
  | {
      readonly kind: 'failed'
      readonly failure: ProviderFailure
      readonly again: boolean
      readonly retryAfterMs?: number | undefined
    }

/** Creates a client for one vendor. All its requests share the spacing. */
export function createHttpClient(timing: Timing, limits: Partial<HttpLimits> = {}): HttpClient {
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

  return {
    async get(url, { signal, onRequest }) {
      let at = url
      let redirects = 0
      for (let tries = 1; ;) {
        await takeTurn(signal)
        onRequest()
        const tried = await tryOnce(at, signal, { timeoutMs, maxBytes })
        if (tried.kind === 'answer') return tried.answer
        if (tried.kind === 'moved') {
          redirects += 1
          if (redirects > MAX_REDIRECTS) {
            throw new ProviderFailure(
              'CHANGED_FORMAT',
              `${url.host} redirects more than ${MAX_REDIRECTS} times`,
            )
          }
          at = tried.to
          continue
        }
        const { failure, again, retryAfterMs = 0 } = tried
        if (!again || tries === MAX_TRIES || retryAfterMs > MAX_RETRY_AFTER_MS) throw failure
        // Full jitter, so that requests that failed together do not retry together.
        const backoffMs = timing.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (tries - 1))
        if (retryAfterMs > 0) nextAtMs = Math.max(nextAtMs, timing.nowMs() + retryAfterMs)
        await timing.sleep(Math.max(backoffMs, retryAfterMs), signal)
        tries += 1
      }
    },
  }
}

async function tryOnce(
  url: URL,
  signal: AbortSignal,
  { timeoutMs, maxBytes }: Pick<HttpLimits, 'timeoutMs' | 'maxBytes'>,
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
      headers: { 'user-agent': USER_AGENT, accept: 'application/json,text/plain,*/*' },
    })
    const { status } = response
    if (status >= 300 && status < 400) return moved(url, response.headers.get('location'))
    const body = await readBody(response, maxBytes)
    if (body === undefined) {
      const message = `${host} sent more than ${maxBytes / 1_000_000} MB`
      return { kind: 'failed', again: false, failure: new ProviderFailure('TOO_LARGE', message) }
    }
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

function judgeStatus(
  host: string,
  status: number,
  body: Uint8Array,
  retryAfterMs: number | undefined,
): Tried {
  const failed = `${host} answered with status ${status}`
  if (status === 429) {
    const wait = retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`
    const failure = new ProviderFailure('THROTTLED', `${failed}, too many requests${wait}`)
    return { kind: 'failed', again: true, failure, retryAfterMs }
  }
  if (status === 401 || status === 403 || status === YAHOO_DENIES) {
    return {
      kind: 'failed',
      again: false,
      failure: new ProviderFailure('REFUSED', `${failed}, access denied`),
    }
  }
  if (status >= 500) {
    const failure = new ProviderFailure('SERVER_ERROR', `${failed}, a failure on its side`)
    return { kind: 'failed', again: true, failure, retryAfterMs }
  }
  return { kind: 'answer', answer: { status, body } }
}

/** Follows redirects within the host only. Another host means a consent page, a block or a foreign machine. */
function moved(url: URL, location: string | null): Tried {
  const to = location !== null && URL.canParse(location, url.href) ? new URL(location, url) : undefined
  const same = to?.host === url.host && to.protocol === url.protocol
  const secured = to?.protocol === 'https:' && to.host === url.hostname
  if (to !== undefined && (same || secured)) return { kind: 'moved', to }
  const where = to === undefined ? 'nowhere' : `to ${to.protocol}//${to.host}`
  const failure = new ProviderFailure('CHANGED_FORMAT', `${url.host} redirects ${where} instead of answering`)
  return { kind: 'failed', again: false, failure }
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

/** Parses Retry-After, in seconds or as a date, RFC 9110 section 10.2.3. Returns milliseconds. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

/** The message of `fetch` is only "fetch failed"; its cause has the reason. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } }
  if (cause === undefined) return messageOf(error)
  return typeof cause.code === 'string' ? cause.code : messageOf(cause)
}
