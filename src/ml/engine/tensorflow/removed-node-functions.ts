/**
 * Functions of `node:util` that `@tensorflow/tfjs-node-gpu` 4.22, the last release, calls and that newer releases of
 * Node lack: `isNullOrUndefined` was removed in Node 23, `isArray` prints a deprecation warning since Node 22.
 */
const FUNCTIONS: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: (value) => Array.isArray(value),
  isNullOrUndefined: (value) => value === null || value === undefined,
}

/** Defines them, or replaces those that warn. The package reads them from the module object at every call. */
export function defineRemovedFunctions(util: object): void {
  for (const [name, value] of Object.entries(FUNCTIONS)) {
    Object.defineProperty(util, name, { value, writable: true, configurable: true })
  }
}
