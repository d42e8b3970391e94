/** The name that a client gives itself, stored as the source of what it delivers. */
import { KospigraphError } from '../../errors.js'

const MAX_CLIENT_LENGTH = 100

/** @throws KospigraphError BAD_USER_INPUT where the name is too long */
export function requireClient(client: string): void {
  if (client.length <= MAX_CLIENT_LENGTH) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `client: the name has ${client.length} characters; at most ${MAX_CLIENT_LENGTH} are allowed`,
  )
}
