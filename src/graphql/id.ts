/** Ids that clients send back. */
import { KospigraphError } from '../errors.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws KospigraphError BAD_USER_INPUT where the text cannot be an id */
export function requireId(text: string): string {
  const id = text.toLowerCase()
  if (UUID.test(id)) return id
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `id: "${text.slice(0, 100)}" is not an id that this server gives`,
  )
}
