/**
 * A process's own word on whether it is well, on loopback alone: for whoever restarts it, such as a container's health
 * check. It needs no token, as it says nothing else, and workers and schedulers have it without an API.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { KospigraphError, messageOf } from './errors.js'

const HOST = '127.0.0.1'

export interface RunningHealth {
  readonly url: string
  close(): Promise<void>
}

/**
 * Answers 200 where `check` finds nothing wrong, and otherwise 503 with what it found.
 * @param port 0 lets the system choose
 * @param check rejects, saying what is wrong
 * @throws KospigraphError CONFIGURATION where the port is taken or not allowed
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
  server.listen(port, HOST)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const message = `HEALTH_PORT ${port} cannot be listened on: ${messageOf(cause)}; choose another, or leave it out`
    throw new KospigraphError('CONFIGURATION', message, { cause })
  }
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://${HOST}:${bound}/health`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
