/**
 * Restores functions of `node:util` that `@tensorflow/tfjs-node-gpu` 4.22, the last release, calls and newer
 * releases of Node lack: `isNullOrUndefined` was removed in Node 23, `isArray` is deprecated.
 */
const FUNCTIONS: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: (value) => Array.isArray(value),
  isNullOrUndefined: (value) => value === null || value === undefined,
}

/** Defines the missing functions on `util`. The package reads them from the module object at each call. */
export function defineRemovedFunctions(util: object): void {
  for (const [name, value] of Object.entries(FUNCTIONS)) {
    if (!(name in util)) Object.defineProperty(util, name, { value, writable: true, configurable: true })
  }
}
