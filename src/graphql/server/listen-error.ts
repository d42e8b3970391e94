/** Why an address cannot be listened on, and the remedy. */
import { KospigraphError } from '../../errors.js'

/** @returns the cause itself where it is none of the known ones */
export function listenError(host: string, port: number, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') {
    return new KospigraphError(
      'CONFIGURATION',
      `Port ${port} on ${host} is taken; stop the program that uses it, or set PORT to another port, such as PORT=${port + 1}`,
      { cause },
    )
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new KospigraphError(
      'CONFIGURATION',
      `Cannot listen on ${host}:${port} (${code}); set HOST and PORT to an address this process may use`,
      { cause },
    )
  }
  return cause
}
