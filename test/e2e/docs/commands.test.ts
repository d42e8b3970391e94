/** Commands of the documents are commands of the program, with options that it has. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { commandLines, DOCUMENTS, read, ROOT } from '../../support/documents.js'

const run = promisify(execFile)
const COMMAND = /(?:\b(?:npx )?kospigraph|\bnpm run cli --) ([a-z][\w-]*)(.*)$/
const IN_CONTAINER = /\bdocker compose run .*? api ([a-z][\w-]*)(.*)$/

async function help(...command: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [path.join(ROOT, 'dist/src/main.js'), ...command, '--help'])
  return stdout
}

const USED = DOCUMENTS.flatMap((document) =>
  commandLines(read(document)).flatMap((line) => {
    const [, command = '', rest = ''] = COMMAND.exec(line) ?? IN_CONTAINER.exec(line) ?? []
    const options = [...rest.matchAll(/(?<= )--[a-z][\w-]*/g)].map(([option]) => option)
    // The word after the command, which may name a command under it.
    const [word = ''] = /[a-z][\w-]*/.exec(rest.split(' --')[0] ?? '') ?? []
    return command === '' ? [] : [{ document, line, command, word, options }]
  }),
)

it('shows commands that the program has', async () => {
  const known = [...(await help()).matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, command]) => command)
  expect(USED.length).toBeGreaterThan(20)
  expect(USED.filter(({ command }) => !known.includes(command))).toEqual([])
})

it.each([...new Set(USED.map(({ command }) => command))])('shows options that %s has', async (command) => {
  const text = await help(command)
  const optionsIn = (page: string): string[] => ['--help', ...(page.match(/--[a-z][\w-]*/g) ?? [])]
  const under = new Map<string, string[]>()
  for (const [, name = ''] of text.matchAll(/^ {2}([a-z][\w-]*) .*\[options\]/gm)) {
    under.set(name, optionsIn(await help(command, name)))
  }
  const unknown = USED.filter((one) => one.command === command).filter(({ word, options }) =>
    options.some((option) => ![...optionsIn(text), ...(under.get(word) ?? [])].includes(option)),
  )
  expect(unknown).toEqual([])
})
