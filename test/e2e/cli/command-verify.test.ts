import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import { useCommandLine } from '../../support/command-line.js'

const cli = useCommandLine()
const { start, run, csvOf } = cli

describe('kospigraph verify and doctor', () => {
  it('refit a version of an own recipe, and report where they cannot', async () => {
    const file = await csvOf('verified.csv', 230)
    const recipes = path.join(cli.folder, 'recipes.json')
    const own = { name: 'pair', extends: 'returns', members: 2, windowSamples: 150 }
    await writeFile(recipes, JSON.stringify({ recipes: [own] }))
    await run(['ingest', file, '--symbol', 'KOSPI'])
    const retrain = await run(['retrain', '--symbol', 'KOSPI', '--recipe', 'pair'], { RECIPES_FILE: recipes })
    expect(retrain.output).toMatch(/KOSPI pair version 1\n/)
    expect(retrain.output).toMatch(/156 bars, 150 samples/)
    expect(retrain.output).toMatch(/in 5 epochs, 2 networks averaged/)
    const [, id = ''] = /^ +id +(\S+)$/m.exec(retrain.output) ?? []

    // Without the file: a version carries its recipe with it.
    const verified = await run(['verify', id])
    expect(verified.output).toMatch(/^IDENTICAL +scaler, weights and losses of 2 networks are equal/m)
    expect(verified.output).toMatch(/stored +([0-9a-f]{64})\nrefitted +\1\n/)
    expect(verified.code).toBe(0)

    const pool = createPool(parseDatabaseUrl(cli.databaseUrl), { max: 1 })
    await pool.query(`UPDATE model_version SET engine_version = 'wasm-0' WHERE id = $1`, [id])
    await pool.end()
    const changed = await run(['verify', id])
    expect(changed.output).toMatch(
      /^NOT_COMPARABLE +it was fitted by engine wasm-0, and this program has wasm-/m,
    )
    expect(changed.output).toMatch(/^changed +ENGINE_CHANGED$/m)
    expect(changed.code).toBe(1)
  })

  it('print engines and choices without a database', async () => {
    const { code, output } = await run(['doctor'], {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      ML_ENGINE: 'wasm',
    })
    expect(code).toBe(0)
    expect(output).toMatch(/^wasm +wasm-\d+ on wasm-simd x1 thread$/m)
    for (const recipe of ['seed', 'returns']) {
      for (const fits of ['1', '100', '2,000']) {
        expect(output).toMatch(new RegExp(`^${recipe} +${fits} +(under )?[\\d.]+ m?s .* wasm$`, 'm'))
      }
    }
    expect(output).toMatch(/ML_ENGINE is wasm/)
  })

  it('end the doctor at a signal, without a table and without a stack', async () => {
    const recipes = path.join(cli.folder, 'slow-recipes.json')
    const slow = { extends: 'seed', windowSamples: 1_000, lookbackBars: 100, hidden: 128, epochs: 1_000 }
    await writeFile(recipes, JSON.stringify({ recipes: [{ name: 'slow', ...slow }] }))
    const doctor = start(['doctor'], { RECIPES_FILE: recipes, ML_ENGINE: 'wasm' })
    // Which takes far longer than it takes to stop it.
    await doctor.until(/^Timing fits/m)
    doctor.child.kill('SIGINT')
    expect(await doctor.exit).toBe(130)
    expect(doctor.output()).toMatch(/^Timing fits .*\nABORTED: .*\n$/)
  })

  it.each<[string[], Record<string, string>, RegExp]>([
    [['verify', 'x'], {}, /BAD_USER_INPUT: id: there is no model version "x"/],
    [['verify'], {}, /missing required argument 'id'/],
    [
      ['doctor'],
      { RECIPES_FILE: 'nowhere.json' },
      /CONFIGURATION: RECIPES_FILE cannot be read: .*nowhere\.json/,
    ],
    [
      ['doctor'],
      { CALENDAR_FILE: 'nowhere.json' },
      /CONFIGURATION: CALENDAR_FILE cannot be read: .*nowhere\.json/,
    ],
    [['doctor'], { ML_ENGINE: 'cuda' }, /CONFIGURATION: Environment: ML_ENGINE /],
  ])('refuse %j %j with the remedy and without a stack', async (args, environment, message) => {
    const { code, output } = await run(args, environment)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/ {4}at /)
  })
})
