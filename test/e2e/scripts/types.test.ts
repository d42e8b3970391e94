/** `scripts/types.js`, which `npm test` and `npm run check` use, on a project of its own. */
import { execFile } from 'node:child_process'
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestFolder } from '../../support/database.js'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))

let project: string

beforeAll(async () => {
  project = await createTestFolder()
  for (const folder of ['scripts', 'src', 'test', 'bench', 'node_modules'])
    await mkdir(path.join(project, folder))
  for (const file of [
    'scripts/types.js',
    'scripts/build.js',
    'scripts/file-hashes.js',
    'tsconfig.json',
    'package.json',
  ])
    await cp(path.join(ROOT, file), path.join(project, file))
  for (const name of ['@types', 'undici-types', 'typescript'])
    await symlink(path.join(ROOT, 'node_modules', name), path.join(project, 'node_modules', name))
  await writeFile(path.join(project, 'package-lock.json'), '{}')
  await writeFile(path.join(project, 'prisma.config.ts'), '')
})

function checkTypes(): Promise<{ readonly code: unknown; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(project, 'scripts/types.js')], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` }),
    )
  })
}

test("a wrong type fails with the compiler's message until it is mended, then nothing is compiled again", async () => {
  const file = path.join(project, 'test/close.test.ts')
  await writeFile(file, "export const close: number = 'high'\n")
  const wrong = {
    code: 1,
    output: expect.stringContaining(
      "test/close.test.ts(1,14): error TS2322: Type 'string' is not assignable to type 'number'.",
    ) as string,
  }
  expect(await checkTypes()).toEqual(wrong)
  expect(await checkTypes()).toEqual(wrong)
  await writeFile(file, 'export const close: number = 1\n')
  expect(await checkTypes()).toEqual({ code: 0, output: '' })

  await rm(path.join(project, 'node_modules/typescript'))
  expect(await checkTypes()).toEqual({ code: 0, output: '' })
  await writeFile(file, 'export const close: number = 2\n')
  expect(await checkTypes()).toMatchObject({ code: 1 })
})
