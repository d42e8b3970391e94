/** TypeScript's closed lists as the objects that `registerEnumType` wants. */
export function enumOf<Value extends string>(values: readonly Value[]): Readonly<Record<Value, Value>> {
  return Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>
}
