/** Looks whether the configured ports can be listened on, before anything is opened. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Config } from '../config.js'
import { listenError } from '../graphql/server/listen-error.js'
import { healthListenError, HEALTH_HOST } from '../health.js'

/** @throws KospigraphError CONFIGURATION where a port is taken or not allowed */
export async function requireFreePorts(
  { host, port, healthPort }: Pick<Config, 'host' | 'port' | 'healthPort'>,
  listens: readonly ('graphql' | 'health')[],
): Promise<void> {
  if (listens.includes('graphql')) {
    await tryListening(host, port).catch((cause: unknown) => {
      throw listenError(host, port, cause)
    })
  }
  if (listens.includes('health') && healthPort !== undefined) {
    await tryListening(HEALTH_HOST, healthPort).catch((cause: unknown) => {
      throw healthListenError(healthPort, cause)
    })
  }
}

async function tryListening(host: string, port: number): Promise<void> {
  const server = createServer().listen({ host, port, exclusive: true })
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}
