#!/usr/bin/env node
// The installed command. In a checkout it first brings dist/ up to date; an installed image has no sources.
import { existsSync } from 'node:fs'

if (existsSync(new URL('../scripts/build.js', import.meta.url))) {
  const { build } = await import('../scripts/build.js')
  await build({ log: (line) => process.stderr.write(`${line}\n`) })
}
await import('../dist/src/main.js')
