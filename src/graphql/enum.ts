/** Turns a closed list of values into the object that `registerEnumType` expects. */
export function enumOf<Value extends string>(values: readonly Value[]): Readonly<Record<Value, Value>> {
  return Object.fromEntries(values.map((value) => [value, value])) as Record<Value, Value>
}
