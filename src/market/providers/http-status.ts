/** Judges the status of a vendor's answer: data, a failure that another try may solve, or one that none can. */
import { blockOf } from './block-page.js'
import { ProviderFailure } from './provider.js'

export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** A failure that a vendor reports in its own way, by status or body. */
export interface VendorFailure {
  readonly failure: ProviderFailure
  /** Whether another try may solve it. */
  readonly again: boolean
}

/** Result of one try. `again` marks failures that another try may solve. */
export type Tried =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'moved'; readonly to: URL }
  | ({ readonly kind: 'failed' } & VendorFailure)

/** An address of a login; a vendor that redirects there no longer serves this client. */
const LOGIN_ADDRESS = /\b(?:log-?in|sign-?in)\b/i
/** Yahoo's own status for a refused client. */
const YAHOO_DENIES = 999

export function judgeStatus(
  host: string,
  status: number,
  body: Uint8Array,
  retryAfterMs: number | undefined,
): Tried {
  const failed = `${host} answered with status ${status}`
  if (status === 429) {
    const wait = retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`
    const message = `${failed}, too many requests${wait}`
    return {
      kind: 'failed',
      again: true,
      failure: new ProviderFailure('THROTTLED', message, { retryAfterMs }),
    }
  }
  if (status === 401 || status === 403 || status === YAHOO_DENIES) {
    return {
      kind: 'failed',
      again: false,
      failure: new ProviderFailure('REFUSED', `${failed}, access denied`, { retryAfterMs }),
    }
  }
  if (status >= 500) {
    const failure = new ProviderFailure('SERVER_ERROR', `${failed}, a failure on its side`, { retryAfterMs })
    return { kind: 'failed', again: true, failure }
  }
  const block = blockOf(body)
  if (block !== undefined) {
    const message = `${failed} and ${block} instead of data`
    return {
      kind: 'failed',
      again: false,
      failure: new ProviderFailure('REFUSED', message, { retryAfterMs }),
    }
  }
  return { kind: 'answer', answer: { status, body } }
}

/** Follows redirects within the host only. Another host means a consent page, a block or a foreign machine. */
export function moved(url: URL, location: string | null, posted: boolean): Tried {
  const to = location !== null && URL.canParse(location, url.href) ? new URL(location, url) : undefined
  const same = to?.host === url.host && to.protocol === url.protocol
  const secured = to?.protocol === 'https:' && to.host === url.hostname
  if (to !== undefined && !posted && (same || secured)) return { kind: 'moved', to }
  const where = to === undefined ? 'nowhere' : `to ${to.protocol}//${to.host}`
  const code = to !== undefined && LOGIN_ADDRESS.test(to.href) ? 'REFUSED' : 'CHANGED_FORMAT'
  const failure = new ProviderFailure(code, `${url.host} redirects ${where} instead of answering`)
  return { kind: 'failed', again: false, failure }
}

/** Parses Retry-After, in seconds or as a date, RFC 9110 section 10.2.3. Returns milliseconds. */
export function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}
