/**
 * The health endpoint of a process, on loopback only, for supervisors such as the health check of a container. It needs no
 * token, because it returns only the status. Workers and schedulers without an API have it too.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { KospigraphError, messageOf } from './errors.js'

export const HEALTH_HOST = '127.0.0.1'

export interface RunningHealth {
  readonly url: string
  close(): Promise<void>
}

/**
 * Answers 200 if `check` resolves, and 503 with its error if it rejects.
 * @param port 0 lets the system choose
 * @param check rejects with the problem
 * @throws KospigraphError CONFIGURATION if the port is taken or not allowed
 */
export async function serveHealth(port: number, check: () => Promise<void>): Promise<RunningHealth> {
  const server = createServer((request, response) => {
    if (request.url !== '/health') {
      response.writeHead(404).end()
      return
    }
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      response.end(JSON.stringify({ status: text }))
    }
    check().then(
      () => answer(200, 'ok'),
      (error: unknown) => answer(503, messageOf(error)),
    )
  })
  server.listen(port, HEALTH_HOST)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw healthListenError(port, cause)
  }
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://${HEALTH_HOST}:${bound}/health`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export function healthListenError(port: number, cause: unknown): KospigraphError {
  const message = `Cannot listen on HEALTH_PORT ${port}: ${messageOf(cause)}; choose another port, or unset HEALTH_PORT`
  return new KospigraphError('CONFIGURATION', message, { cause })
}
