/** Ids that clients send back. */
import { isId } from '../domain/id.js'
import { readable } from '../domain/readable.js'
import { KospigraphError } from '../errors.js'

const INSTANT = /^[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Whether the text is an instant as cursors carry it. */
export function isInstant(text: string): boolean {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text))
}

/** @throws KospigraphError BAD_USER_INPUT where the text cannot be an id */
export function requireId(text: string): string {
  const id = text.toLowerCase()
  if (isId(id)) return id
  throw new KospigraphError('BAD_USER_INPUT', `id: "${readable(text)}" is not an id that this server gives`)
}
