/** What a test may leave running: counted from the process's diagnostic report. */

interface Report {
  readonly workers: readonly unknown[]
  readonly libuv: readonly { readonly type: string; readonly is_active?: boolean }[]
}

function report(): Report {
  return process.report.getReport() as unknown as Report
}

/** Worker threads of this process. */
export function workerThreads(): number {
  return report().workers.length
}

/** Active handles by type, referenced or not: a message port is an `async`. */
export function activeHandles(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { type, is_active: isActive } of report().libuv) {
    if (isActive === true) counts[type] = (counts[type] ?? 0) + 1
  }
  return counts
}
