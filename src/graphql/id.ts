/** Reads and checks the ids that clients send. */
import { isId } from '../domain/id.js'
import { sanitizeText } from '../domain/sanitize-text.js'
import { KospigraphError } from '../errors.js'

const MAX_KEY = 2_147_483_647
const INSTANT = /^[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Whether the text is an instant in the format of cursors, such as `2026-01-05T09:00:00.000Z`. */
export function isInstant(text: string): boolean {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text))
}

/** @throws KospigraphError BAD_USER_INPUT if the text is not an id */
export function requireId(text: string): string {
  const id = text.toLowerCase()
  if (isId(id)) return id
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `id: "${sanitizeText(text)}" is not a valid id; send an id that a query returned`,
  )
}

/** The text as a whole number from 0 that fits a database key, or undefined. */
export function readKeyNumber(text: string | undefined): number | undefined {
  const number = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return number <= MAX_KEY ? number : undefined
}

/** @throws KospigraphError BAD_USER_INPUT if the text is not a numbered id */
export function requireNumberedId(text: string, name: string): number {
  const id = readKeyNumber(text)
  if (id !== undefined) return id
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `${name}: "${sanitizeText(text)}" is not a valid id; send an id that a query returned`,
  )
}
