/** The verbs and options of `kospigraph actions`. */
import type { ActionKind, ActionState } from '../../../domain/bars/actions/corporate-action.js'
import type { Session } from '../../../domain/calendar/session.js'

export const ACTION_VERBS = ['list', 'add', 'confirm', 'dismiss'] as const
export type ActionVerb = (typeof ACTION_VERBS)[number]

export interface ActionsOptions {
  readonly symbol?: string
  readonly state?: ActionState
  readonly session?: Session
  readonly kind?: ActionKind
  readonly ratio?: number
  readonly reason?: string
}
