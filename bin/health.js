#!/usr/bin/env node
// The image's health check: asks the process of this container how it is, and exits 0 where it is well.
const address = `http://127.0.0.1:${process.env.HEALTH_PORT}/health`
try {
  const answer = await fetch(address, { signal: AbortSignal.timeout(4_000) })
  console.log(await answer.text())
  process.exitCode = answer.ok ? 0 : 1
} catch (error) {
  console.log(`${address} does not answer: ${error.cause?.message ?? error.message}`)
  process.exitCode = 1
}
