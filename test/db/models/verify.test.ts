import { createPool, parseDatabaseUrl } from '../../../src/db/postgres/connection.js'
import type { ModelVersion } from '../../../src/domain/models/model-version.js'
import type { RawBar } from '../../../src/domain/bars/row-outcome.js'
import type { Verification } from '../../../src/domain/models/verification.js'
import { delivery, rawBars } from '../../support/bars.js'
import { createTestPlatform } from '../../support/platform.js'
import type { TestPlatform } from '../../support/platform.js'

const EVENING = '2024-07-09T20:00:00+09:00'
const ROWS = rawBars({ symbol: 'KOSPI', from: '2023-07-03', count: 250 })

let platform: TestPlatform

beforeAll(async () => {
  platform = await createTestPlatform(EVENING)
  await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session <= '2024-07-09')))
})
afterAll(async () => {
  await platform.close()
})

let seed = 0

/** A version of its own for each test: seeds never repeat. */
async function newVersion(recipe: string): Promise<ModelVersion> {
  seed += 10
  const run = await platform.services.runs.retrain({ symbol: 'KOSPI', recipe, seed, origin: 'MANUAL' })
  const [version] = await platform.services.models.modelVersionsById([run.modelVersionId ?? ''])
  if (!version) throw new Error(run.errorMessage ?? 'no version')
  return version
}

/** Changes the database behind the platform's back, verifies, and changes it back. */
async function verifyAfter(
  version: ModelVersion,
  change: string,
  values: unknown[] = [],
  undo?: string,
): Promise<Verification> {
  const pool = createPool(parseDatabaseUrl(platform.databaseUrl), { max: 1 })
  try {
    const { rowCount } = await pool.query(change, values)
    expect(rowCount).toBeGreaterThan(0)
    return await platform.services.verifyModelVersion(version.id)
  } finally {
    if (undo !== undefined) await pool.query(undo)
    await pool.end()
  }
}

describe('verifying a model version', () => {
  it.each(['seed', 'returns'])('reproduces every byte of a version of %s', async (recipe) => {
    const version = await newVersion(recipe)
    expect(await platform.services.verifyModelVersion(version.id)).toEqual({
      modelVersionId: version.id,
      outcome: 'IDENTICAL',
      changes: [],
      message: expect.stringContaining('every byte') as string,
      contentHash: version.contentHash,
      refitContentHash: version.contentHash,
      tolerance: null,
      largestDifference: null,
    })
  })

  it('reproduces a version fitted before newer bars existed', async () => {
    const version = await newVersion('seed')
    await platform.services.ingestBars(delivery(ROWS.filter((bar) => bar.session === '2024-07-10')))
    expect((await platform.services.verifyModelVersion(version.id)).outcome).toBe('IDENTICAL')
  })

  it('reproduces a version whose bars were corrected, withdrawn and back-adjusted since', async () => {
    const version = await newVersion('seed')
    const bars = ROWS.filter((bar) => bar.session <= '2024-07-09')
    const session = version.windowFirst
    const outcome = async (): Promise<string> =>
      (await platform.services.verifyModelVersion(version.id)).outcome
    const pushed = async (rows: readonly RawBar[]): Promise<void> => {
      const { status } = await platform.services.ingestBars({ ...delivery(rows), acceptAdjustments: true })
      expect(status).toBe('STORED')
    }
    await pushed(bars.map((bar) => (bar.session === session ? { ...bar, volume: 1 } : bar)))
    expect(await outcome()).toBe('IDENTICAL')
    const origin = { source: 'API', label: 'test', rank: 50 } as const
    await platform.services.withdrawBars({
      ...origin,
      symbol: 'KOSPI',
      sessions: [session],
      reason: 'a test',
    })
    expect(await outcome()).toBe('IDENTICAL')
    const halved = (price: unknown): number => Number((Number(price) / 2).toFixed(2))
    await pushed(
      bars.map((bar) => ({
        ...bar,
        open: halved(bar.open),
        high: halved(bar.high),
        low: halved(bar.low),
        close: halved(bar.close),
      })),
    )
    expect(await outcome()).toBe('IDENTICAL')
    await pushed(bars)
  })

  it('names the network and the weight where one bit differs', async () => {
    const version = await newVersion('returns')
    const verification = await verifyAfter(
      version,
      `UPDATE model_member SET weights = set_byte(weights, 9, get_byte(weights, 9) # 1)
       WHERE model_version_id = $1 AND ordinal = 2`,
      [version.id],
    )
    expect(verification).toMatchObject({
      outcome: 'DIFFERENT',
      changes: [],
      refitContentHash: version.contentHash,
    })
    expect(verification.message).toContain('the weights of network 2, from number 2 on')
  })

  it('reports different losses and scalers', async () => {
    const version = await newVersion('seed')
    const losses = await verifyAfter(
      version,
      'UPDATE model_member SET losses[7] = losses[7] * 1.0000001 WHERE model_version_id = $1',
      [version.id],
    )
    expect(losses.message).toContain('the losses of network 0, from epoch 7 on')
    const scaler = await verifyAfter(
      version,
      `UPDATE model_version SET scaler = jsonb_set(scaler, '{max,0}', '1') WHERE id = $1`,
      [version.id],
    )
    expect(scaler.message).toContain('the scaler')
  })

  it('reports a changed bar without a fit, which would prove nothing', async () => {
    const version = await newVersion('seed')
    const verification = await verifyAfter(
      version,
      `UPDATE bar SET close = close + 0.01 WHERE session = '2024-05-02'`,
      [],
      `UPDATE bar SET close = close - 0.01 WHERE session = '2024-05-02'`,
    )
    expect(verification).toMatchObject({
      outcome: 'NOT_COMPARABLE',
      changes: ['BARS_CHANGED'],
      refitContentHash: null,
    })
    expect(verification.message).toContain(`from ${version.windowFirst} to ${version.windowLast}`)
  })

  it('reports a changed engine, a changed recipe, or both', async () => {
    const version = await newVersion('seed')
    const older = await verifyAfter(
      version,
      `UPDATE model_version SET engine_version = 'wasm-0' WHERE id = $1`,
      [version.id],
    )
    expect(older).toMatchObject({ outcome: 'NOT_COMPARABLE', changes: ['ENGINE_CHANGED'] })
    expect(older.message).toContain('engine wasm-0')
    const both = await verifyAfter(
      version,
      `UPDATE recipe SET config = config || '{"hidden": 9}' WHERE name = 'seed'`,
      [],
      `UPDATE recipe SET config = config || '{"hidden": 8}' WHERE name = 'seed'`,
    )
    expect(both.changes).toEqual(['ENGINE_CHANGED', 'RECIPE_CHANGED'])
  })

  it('compares a version of TensorFlow within a tolerance, by wasm where there is no TensorFlow', async () => {
    const version = await newVersion('seed')
    const close = await verifyAfter(
      version,
      `UPDATE model_version SET engine = 'tensorflow', engine_version = 'tensorflow-1' WHERE id = $1`,
      [version.id],
    )
    expect(close).toMatchObject({
      outcome: 'WITHIN_TOLERANCE',
      changes: [],
      tolerance: 1e-3,
      largestDifference: 0,
    })
    const far = await verifyAfter(
      version,
      'UPDATE model_member SET losses[100] = losses[100] * 1.01 WHERE model_version_id = $1',
      [version.id],
    )
    expect(far).toMatchObject({ outcome: 'DIFFERENT', tolerance: 1e-3 })
    expect(far.largestDifference).toBeCloseTo(0.01 / 1.01, 6)
  })

  it.each([
    [
      'losses that are no numbers',
      `UPDATE model_member SET losses[5] = 'NaN', losses[6] = 'Infinity' WHERE model_version_id = $1 AND ordinal = 0`,
      'the loss of network 0 in epoch 5, stored as not finite',
    ],
    [
      'weights cut short',
      `UPDATE model_member SET weights = substr(weights, 1, 10) WHERE model_version_id = $1 AND ordinal = 0`,
      'bytes of weights of network 0 instead of 10',
    ],
    [
      'a network missing',
      'DELETE FROM model_member WHERE model_version_id = $1 AND ordinal = 3',
      '4 networks instead of 3',
    ],
    [
      'another scaler',
      `UPDATE model_version SET scaler = jsonb_set(scaler, '{mean,0}', '0.001') WHERE id = $1`,
      'the scaler',
    ],
  ])('reports over GraphQL that a version of TensorFlow has %s', async (_, change, message) => {
    const version = await newVersion('returns')
    await verifyAfter(
      version,
      `UPDATE model_version SET engine = 'tensorflow', engine_version = 'tensorflow-1' WHERE id = $1`,
      [version.id],
    )
    const verification = await verifyAfter(version, change, [version.id])
    expect(verification.message).toContain(message)
    const answer = await platform.query<{ verifyModelVersion: unknown }>(
      'mutation ($id: ID!) { verifyModelVersion(id: $id) { outcome tolerance largestDifference message } }',
      { id: version.id },
    )
    expect(answer.verifyModelVersion).toEqual({
      outcome: 'DIFFERENT',
      tolerance: 1e-3,
      largestDifference: null,
      message: verification.message,
    })
  })

  it('refuses an unknown id and an invalid one', async () => {
    await expect(
      platform.services.verifyModelVersion('00000000-0000-4000-8000-000000000000'),
    ).rejects.toThrow(/there is no model version/)
    await expect(platform.services.verifyModelVersion('x')).rejects.toThrow(/there is no model version "x"/)
  })

  it('answers over GraphQL', async () => {
    const version = await newVersion('seed')
    const answer = await platform.query<{ verifyModelVersion: unknown }>(
      'mutation ($id: ID!) { verifyModelVersion(id: $id) { outcome changes contentHash refitContentHash } }',
      { id: version.id },
    )
    expect(answer.verifyModelVersion).toEqual({
      outcome: 'IDENTICAL',
      changes: [],
      contentHash: version.contentHash,
      refitContentHash: version.contentHash,
    })
  })
})
