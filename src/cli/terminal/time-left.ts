/** How long something will still take, from its pace over the last while. */

/** Long enough to even out bursts, short enough to follow a machine that gets busy. */
const WINDOW_MS = 20_000
const SAMPLE_MS = 500
/** Before that much has been seen, a guess would jump about. */
const LEAST_MS = 1_500

/** @returns the seconds left after so much is done; undefined while too little has been seen for an estimate */
export function createTimeLeft(
  total: number,
  nowMs: () => number = () => performance.now(),
): (done: number) => number | undefined {
  // At most one a sampling time, so the window bounds them.
  const samples: { readonly atMs: number; readonly done: number }[] = []
  return (done) => {
    const atMs = nowMs()
    if (atMs - (samples.at(-1)?.atMs ?? -Infinity) >= SAMPLE_MS) samples.push({ atMs, done })
    while (samples.length > 2 && atMs - (samples[0]?.atMs ?? atMs) > WINDOW_MS) samples.shift()
    const first = samples[0]
    if (!first || atMs - first.atMs < LEAST_MS || done <= first.done) return undefined
    return (((total - done) / (done - first.done)) * (atMs - first.atMs)) / 1_000
  }
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 100) return `${whole} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
