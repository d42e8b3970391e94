import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { RANK_OF_PEOPLE } from '../../../src/domain/bars/delivery.js'
import { openBarFile } from '../../../src/market/csv/bar-file.js'
import { createTestFolder } from '../../support/database.js'
import { FILE_SHAPES } from '../../support/file-shapes.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

let platform: TestPlatform
let folder: string
beforeAll(async () => {
  platform = await createTestPlatform('2026-11-29T20:00:00+09:00')
  folder = await createTestFolder()
})
afterAll(async () => {
  await platform.close()
})

const byCode = (rows: readonly { readonly code: string }[]): string => {
  const counts = new Map<string, number>()
  for (const { code } of rows) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ') || '0'
}

describe('shapes of files, each into an empty database without its invalid rows', () => {
  it.each(FILE_SHAPES.map((shape, at) => ({ ...shape, at })))(
    '$name',
    async ({ content, options, becomes, at }) => {
      const file = path.join(folder, `shape-${at}`)
      await writeFile(file, content)
      if ('refused' in becomes) {
        const read = async (): Promise<number> => {
          let rows = 0
          for await (const batch of (await openBarFile(file, options)).batches) rows += batch.length
          return rows
        }
        await expect(read()).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
          message: expect.stringContaining(`${file} ${becomes.refused}`) as string,
        })
        return
      }
      const source = await openBarFile(file, options)
      const result = await platform.services.ingestBars({
        source: 'FILE',
        label: 'shape',
        rank: RANK_OF_PEOPLE,
        batches: source.batches,
        checksum: () => source.checksum(),
        onInvalid: 'SKIP',
        dryRun: true,
      })
      const flags = result.flags.map(({ flag, rows }) => `${rows} ${flag}`).join(', ') || '0'
      expect([
        source.format.name,
        String(result.stored),
        flags,
        byCode(result.droppedRows),
        byCode(result.problems),
      ]).toEqual(becomes)
    },
  )
})
