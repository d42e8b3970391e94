/** Converts between Prisma's dates (midnight UTC) and sessions; no other file does. */
import type { Session } from '../../domain/calendar/session.js'

export function toSession(date: Date): Session {
  return date.toISOString().slice(0, 10) as Session
}

export function toDbDate(session: Session): Date {
  return new Date(`${session}T00:00:00Z`)
}
