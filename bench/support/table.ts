/** Prints the tables of benchmarks. */

/** @param names columns from the left that hold names; the others hold numbers and are set to the right */
export function printTable(rows: readonly (readonly string[])[], names: number): void {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  for (const row of rows) {
    const cells = row.map((cell, at) => cell[at < names ? 'padEnd' : 'padStart'](widths[at] ?? 0))
    console.log(cells.join('  ').trimEnd())
  }
}
