/** Creates the log on standard error: readable lines by default, JSON for log collectors. */
import pino from 'pino'
import type { Logger as PinoLogger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from './config.js'

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>

export type LoggerOptions = Pick<Config, 'logLevel' | 'logFormat'> & Partial<Pick<Config, 'logColour'>>

export function createLogger(config: LoggerOptions): Logger {
  if (config.logFormat === 'json')
    return pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }))
  // Synchronous, so that the last lines before an exit are not lost.
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: config.logColour === 'always' || (config.logColour !== 'never' && process.stderr.isTTY),
    ignore: 'pid,hostname',
  })
  return pino({ level: config.logLevel }, stream)
}
