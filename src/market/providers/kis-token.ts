/**
 * The access token of Korea Investment's API: issued for a day, at most once a minute, so it is kept in a file that only
 * its owner can read. Neither the token nor the keys it was issued for are ever logged.
 */
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { Asker, HttpClient } from './http.js'
import { ProviderFailure } from './provider.js'
import { excerpt, jsonOf } from './vendor-text.js'

export interface KisKeys {
  readonly appKey: string
  readonly appSecret: string
}

export interface KisTokens {
  /** @throws ProviderFailure where none is issued */
  token(asker: Asker): Promise<string>
  /** Forgets a token that the vendor no longer accepts. */
  forget(token: string): Promise<void>
}

/** A token that ends sooner is replaced. */
const SPARE_MS = 10 * 60_000
/** Where an answer does not tell, tokens last a day. */
const DEFAULT_SECONDS = 86_400
const MIN_REQUEST_SPACING_MS = 61_000
const OWNER_ONLY = 0o600
const OWNER_ONLY_FOLDER = 0o700

const issued = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().optional() })
const kept = z.object({ owner: z.string(), token: z.string().min(1), endsAt: z.number() })
type Kept = z.infer<typeof kept>

export function createKisTokens(options: {
  readonly base: string
  readonly http: HttpClient
  readonly keys: KisKeys
  /** File that keeps the token. */
  readonly file: string
  readonly now: () => Date
}): KisTokens {
  const { base, http, keys, file, now } = options
  // Another key or another server makes the kept token worthless.
  const owner = createHash('sha256').update(`${base}\n${keys.appKey}\n${keys.appSecret}`).digest('hex')
  let inMemory: Kept | undefined
  let underWay: Promise<Kept> | undefined
  let requestedMs = -Infinity

  const usable = (one: Kept | undefined): one is Kept =>
    one !== undefined && one.owner === owner && one.endsAt - SPARE_MS > now().getTime()

  const request = async (asker: Asker): Promise<Kept> => {
    const sinceMs = now().getTime() - requestedMs
    if (sinceMs < MIN_REQUEST_SPACING_MS) {
      const retryAfterMs = MIN_REQUEST_SPACING_MS - sinceMs
      throw new ProviderFailure('THROTTLED', 'a token is issued once a minute; try again in a minute', {
        retryAfterMs,
      })
    }
    requestedMs = now().getTime()
    const body = { grant_type: 'client_credentials', appkey: keys.appKey, appsecret: keys.appSecret }
    const answer = await http.post(new URL(`${base}/oauth2/tokenP`), body, asker)
    const said = new TextDecoder().decode(answer.body)
    const parsed = issued.safeParse(jsonOf(said))
    if (!parsed.success) {
      // The text may hold a token in a form that is not expected.
      const message = `expected access_token as JSON from /oauth2/tokenP, got status ${answer.status}`
      throw new ProviderFailure('CHANGED_FORMAT', message)
    }
    const { access_token: token, expires_in: seconds = DEFAULT_SECONDS } = parsed.data
    return { owner, token, endsAt: now().getTime() + seconds * 1_000 }
  }

  const obtain = async (asker: Asker): Promise<Kept> => {
    const stored = await readKept(file)
    if (usable(stored)) return stored
    const fresh = await request(asker)
    await writeKept(file, fresh)
    return fresh
  }

  return {
    async token(asker) {
      if (usable(inMemory)) return inMemory.token
      underWay ??= obtain(asker).finally(() => (underWay = undefined))
      inMemory = await underWay
      return inMemory.token
    },
    async forget(token) {
      if (inMemory?.token === token) inMemory = undefined
      const stored = await readKept(file)
      if (stored?.token === token) await writeKept(file, { ...stored, endsAt: 0 })
    },
  }
}

/** An unreadable file is no token. */
async function readKept(file: string): Promise<Kept | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const parsed = kept.safeParse(jsonOf(text))
  return parsed.success ? parsed.data : undefined
}

/** Without the file, every process asks for its own token, so a full disk is an error that names the file. */
async function writeKept(file: string, token: Kept): Promise<void> {
  const draft = `${file}.${process.pid}`
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER })
    await writeFile(draft, JSON.stringify(token), { mode: OWNER_ONLY })
    await chmod(draft, OWNER_ONLY)
    await rename(draft, file)
  } catch (cause) {
    throw new ProviderFailure('BAD_FILE', `the token cannot be kept in ${file}: ${codeOf(cause)}`)
  }
}

function codeOf(cause: unknown): string {
  const { code } = cause as { code?: unknown }
  return typeof code === 'string' ? code : excerpt(String(cause))
}
