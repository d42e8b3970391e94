/** Keeps keys out of messages: a vendor may repeat a key in its answer, and Node names a header that it cannot send. */
import { messageOf } from '../../errors.js'
import { ProviderFailure } from './provider.js'

const REDACTED = '[redacted]'

/** Takes secrets out of a failure's message. Its cause is dropped where it names one. */
export function redacted(error: unknown, secrets: readonly string[]): unknown {
  const names = secrets.filter((secret) => secret !== '')
  const tells = (text: string): boolean => names.some((secret) => text.includes(secret))
  const hide = (text: string): string =>
    names.reduce((hidden, secret) => hidden.replaceAll(secret, REDACTED), text)
  if (!(error instanceof Error)) return error
  if (!tells(`${error.message} ${error.stack ?? ''} ${messageOf(error.cause)}`)) return error
  if (!(error instanceof ProviderFailure)) return new Error(hide(error.message))
  return new ProviderFailure(error.code, hide(error.message), { retryAfterMs: error.retryAfterMs })
}
