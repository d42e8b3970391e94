/** Declares `kospigraph doctor`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'

export function registerDoctor(
  program: Command,
  { version, terminal, signal, withEngines }: CommandContext,
): void {
  program
    .command('doctor')
    .description(
      'Print engines, devices and their speed on this machine, and the engine chosen for 1, 100 and 2,000 fits.',
    )
    .action(async () => {
      const { runDoctor } = await import('./doctor.js')
      await withEngines(({ examineEngines, setting }) =>
        runDoctor(examineEngines, terminal, { version, node: process.versions.node, setting, signal }),
      )
    })
}
