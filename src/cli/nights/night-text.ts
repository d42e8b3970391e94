/** Nights in words and as `--json` writes them, with the counts and names that GraphQL uses. */
import type { NightCounts, NightRecord } from '../../domain/nights/night-record.js'
import { count } from '../terminal/numbers.js'

/** `4 succeeded, 2 already issued`. */
export function outcomesText({ SUCCEEDED, ALREADY_ISSUED, FAILED, STALE }: NightCounts): string {
  return [
    `${count(SUCCEEDED)} succeeded`,
    ...(ALREADY_ISSUED > 0 ? [`${count(ALREADY_ISSUED)} already issued`] : []),
    ...(FAILED > 0 ? [`${count(FAILED)} failed`] : []),
    ...(STALE > 0 ? [`${count(STALE)} stale`] : []),
  ].join(', ')
}

export function nightJson(night: NightRecord, counts: NightCounts) {
  return {
    session: night.session,
    simulated: night.simulated,
    status: night.status,
    trigger: night.trigger,
    reason: night.reason,
    recipes: night.recipes,
    expected: night.expected,
    dormantSymbols: night.dormant?.count ?? null,
    counts: {
      succeeded: counts.SUCCEEDED,
      alreadyIssued: counts.ALREADY_ISSUED,
      failed: counts.FAILED,
      stale: counts.STALE,
    },
    requestedAt: night.requestedAt,
    startedAt: night.startedAt,
    finishedAt: night.finishedAt,
    nextTryAt: night.nextTryAt,
  }
}
