/** What a process that serves does. */

export const ROLES = ['all', 'api', 'worker', 'scheduler'] as const
/** Everything, only the API, only the jobs of the queue, or only starting nights. */
export type Role = (typeof ROLES)[number]
