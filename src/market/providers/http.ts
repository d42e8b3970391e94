/**
 * Asking a vendor over HTTP: spaced, timed out, bounded, asked again with jitter where that can help, and every
 * failure under a stable code.
 *
 * p-throttle and p-retry were looked at: the first takes no clock of ours, the second needs Node 22 and does not
 * know Retry-After.
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
   * The answer, whatever its status says of the question; retries and redirects are over by then.
   * @throws ProviderFailure UNREACHABLE, TIMEOUT, THROTTLED, SERVER_ERROR, REFUSED, TOO_LARGE or CHANGED_FORMAT
   */
  get(url: URL, question: Pick<BarQuestion, 'signal' | 'onRequest'>): Promise<HttpAnswer>
}

/** Time and chance, passed in so that a test need not wait for either. */
export interface Timing {
  nowMs(): number
  /** @throws the signal's reason where it is aborted */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** From 0 to below 1. */
  random(): number
}

export interface HttpLimits {
  /** Between the beginnings of two requests. */
  readonly spacingMs: number
  /** For one request, its body included. */
  readonly timeoutMs: number
  /** Of an unpacked body. Twenty-five years of one symbol take half a megabyte. */
  readonly maxBytes: number
}

const LIMITS: HttpLimits = { spacingMs: 500, timeoutMs: 15_000, maxBytes: 8_000_000 }
const MAX_TRIES = 4
const MAX_REDIRECTS = 3
const FIRST_BACKOFF_MS = 1_000
const MAX_BACKOFF_MS = 20_000
/** A vendor who wants more than this is not waited for. */
const MAX_RETRY_AFTER_MS = 60_000
/** Yahoo has no answer for what does not call itself a browser. */
const USER_AGENT = 'Mozilla/5.0 (compatible; kospigraph)'
/** Yahoo's own status for a client that it does not want. */
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

/** What one try came to; a failure that another try may mend says so. */
type Tried =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'moved'; readonly to: URL }
  | {
      readonly kind: 'failed'
      readonly failure: ProviderFailure
      readonly again: boolean
      readonly retryAfterMs?: number | undefined
    }

export function createHttpClient(timing: Timing, limits: Partial<HttpLimits> = {}): HttpClient {
  const { spacingMs, timeoutMs, maxBytes } = { ...LIMITS, ...limits }
  let nextAtMs = -Infinity
  /** Everybody who asks this vendor passes here, one after the other. */
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
        // Full jitter: whoever failed together does not come back together.
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
  // Not AbortSignal.any over a timeout: some releases of Node 20 collect it before it fires.
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
      const message = `${host} sends more than ${maxBytes / 1_000_000} MB`
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
    // Lets go of a body that was not read to its end.
    stop.abort()
  }
}

function judgeStatus(
  host: string,
  status: number,
  body: Uint8Array,
  retryAfterMs: number | undefined,
): Tried {
  const says = `${host} answers with status ${status}`
  if (status === 429) {
    const wait = retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`
    const failure = new ProviderFailure('THROTTLED', `${says}, too many requests${wait}`)
    return { kind: 'failed', again: true, failure, retryAfterMs }
  }
  if (status === 401 || status === 403 || status === YAHOO_DENIES) {
    return { kind: 'failed', again: false, failure: new ProviderFailure('REFUSED', `${says}, access denied`) }
  }
  if (status >= 500) {
    const failure = new ProviderFailure('SERVER_ERROR', `${says}, a failure on its side`)
    return { kind: 'failed', again: true, failure, retryAfterMs }
  }
  return { kind: 'answer', answer: { status, body } }
}

/** Another host is a page for people, of consent or of blocking, or somebody else's machine: not followed. */
function moved(url: URL, location: string | null): Tried {
  const to = location !== null && URL.canParse(location, url.href) ? new URL(location, url) : undefined
  const same = to?.host === url.host && to.protocol === url.protocol
  const secured = to?.protocol === 'https:' && to.host === url.hostname
  if (to !== undefined && (same || secured)) return { kind: 'moved', to }
  const where = to === undefined ? 'nowhere' : `to ${to.protocol}//${to.host}`
  const failure = new ProviderFailure('CHANGED_FORMAT', `${url.host} redirects ${where} instead of answering`)
  return { kind: 'failed', again: false, failure }
}

/** @returns undefined where there is more than the bound */
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

/** Seconds or a date, RFC 9110 section 10.2.3. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } }
  if (cause === undefined) return messageOf(error)
  return typeof cause.code === 'string' ? cause.code : messageOf(cause)
}
