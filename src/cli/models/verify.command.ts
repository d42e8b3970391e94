/** Declares `kospigraph verify`. */
import type { Command } from 'commander'
import type { CommandContext } from '../command-context.js'

export function registerVerify(program: Command, { terminal, signal, withPlatform }: CommandContext): void {
  program
    .command('verify')
    .description('Fit a stored model version again from the stored bars and compare every byte.')
    .argument('<id>', 'id of the version, as "versions" lists it')
    .action(async (id: string) => {
      const { runVerify } = await import('./verify.js')
      await withPlatform({ quiet: true }, ({ services }) =>
        runVerify(services.verifyModelVersion, terminal, { id: id.toLowerCase(), signal }),
      )
    })
}
