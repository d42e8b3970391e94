/** Stores the circuit of each provider, directly through `pg`: every process respects it, and restarts keep it. */
import type pg from 'pg'
import type { ProviderCircuit } from '../../domain/sync/provider-circuit.js'
import { closedCircuit } from '../../domain/sync/provider-circuit.js'
import { inTransaction } from '../postgres/transaction.js'

export interface ProviderCircuitStore {
  /** A provider without a stored circuit has a closed one. */
  read(provider: string, now: Date): Promise<ProviderCircuit>
  all(): Promise<ReadonlyMap<string, ProviderCircuit>>
  /**
   * Changes a circuit while no other process can. `change` returns the new circuit, or the one that it got.
   * @returns the circuit before and after
   */
  change(
    provider: string,
    now: Date,
    change: (circuit: ProviderCircuit) => ProviderCircuit,
  ): Promise<{ readonly before: ProviderCircuit; readonly after: ProviderCircuit }>
}

const COLUMNS = 'state, since, until, reason, outages, last_success_at AS "lastSuccessAt"'

export function createProviderCircuitStore(pool: pg.Pool): ProviderCircuitStore {
  return {
    async read(provider, now) {
      const { rows } = await pool.query<ProviderCircuit>(
        `SELECT ${COLUMNS} FROM provider_circuit WHERE provider = $1`,
        [provider],
      )
      return rows[0] ?? closedCircuit(now)
    },

    async all() {
      const { rows } = await pool.query<ProviderCircuit & { provider: string }>(
        `SELECT provider, ${COLUMNS} FROM provider_circuit ORDER BY provider`,
      )
      return new Map(rows.map(({ provider, ...circuit }) => [provider, circuit]))
    },

    change: (provider, now, change) =>
      inTransaction(pool, async (client) => {
        await client.query(
          `INSERT INTO provider_circuit (provider, state, since, outages) VALUES ($1, 'CLOSED', $2, 0)
           ON CONFLICT DO NOTHING`,
          [provider, now],
        )
        const { rows } = await client.query<ProviderCircuit>(
          `SELECT ${COLUMNS} FROM provider_circuit WHERE provider = $1 FOR UPDATE`,
          [provider],
        )
        const before = rows[0] ?? closedCircuit(now)
        const after = change(before)
        if (after !== before) {
          await client.query(
            `UPDATE provider_circuit SET state = $2::"CircuitState", since = $3, until = $4, reason = $5, outages = $6,
               last_success_at = $7 WHERE provider = $1`,
            [
              provider,
              after.state,
              after.since,
              after.until,
              after.reason,
              after.outages,
              after.lastSuccessAt,
            ],
          )
        }
        return { before, after }
      }),
  }
}
