/** Lists corporate actions, and adds, confirms and dismisses them on a person's word, which is kept with its reason. */
import { createHash } from 'node:crypto'
import { MAX_ACTIONS, MAX_RATIO, MIN_RATIO } from '../../../domain/bars/actions/corporate-action.js'
import type { ActionKey, ActionState } from '../../../domain/bars/actions/corporate-action.js'
import type { DeliveryOrigin } from '../../../domain/bars/delivery.js'
import type { Clock } from '../../../domain/clock.js'
import { requireReason } from '../../../domain/reason.js'
import { sanitizeText } from '../../../domain/sanitize-text.js'
import type {
  CorporateActionStore,
  ListedAction,
  StoredAdjustment,
} from '../../../db/bars/actions/corporate-actions.js'
import type { WithBarWriter } from '../../../db/bars/bar-writer.js'
import type { SymbolStore } from '../../../db/symbols.js'
import { KospigraphError } from '../../../errors.js'
import { requireStoredSymbol } from '../../stored-symbol.js'

export type { ListedAction, StoredAdjustment }

/** Most actions that one list returns: a market has some hundreds a year. */
export const MAX_LISTED_ACTIONS = 1_000

/** What changes the prices of a symbol as they are read, beside its bars. */
export interface Adjustments {
  /** Current actions, newest session first. */
  readonly actions: readonly ListedAction[]
  /** Accepted back-adjustments, newest first. */
  readonly backAdjustments: readonly StoredAdjustment[]
}

/** A person's word about an action. */
export interface ActionRequest extends ActionKey, Pick<DeliveryOrigin, 'source' | 'label' | 'rank'> {
  readonly symbol: string
  readonly reason: string
}

export interface ActionResult {
  readonly action: ListedAction
  /** False where it stood in this form already. */
  readonly changed: boolean
}

export interface CorporateActions {
  /** @param code undefined lists all symbols */
  list(code: string | undefined, state: ActionState | undefined): Promise<readonly ListedAction[]>
  /** Every form that the actions of a symbol have had, newest first. */
  history(code: string): Promise<readonly ListedAction[]>
  adjustments(code: string): Promise<Adjustments>
  /** Adds a confirmed action, or replaces the one of the same session and kind. */
  upsert(request: ActionRequest & { readonly ratio: number | null }): Promise<ActionResult>
  /** @throws KospigraphError BAD_USER_INPUT where there is no such action */
  confirm(request: ActionRequest): Promise<ActionResult>
  /** @throws KospigraphError BAD_USER_INPUT where there is no such action */
  dismiss(request: ActionRequest): Promise<ActionResult>
}

export function createCorporateActions(deps: {
  readonly symbols: SymbolStore
  readonly store: CorporateActionStore
  readonly withBarWriter: WithBarWriter
  readonly clock: Clock
}): CorporateActions {
  const { symbols, store } = deps
  const current = async (symbolId: number, { session, kind }: ActionKey): Promise<ListedAction | undefined> =>
    (await store.actions({ symbolId, state: null }, MAX_ACTIONS)).find(
      (action) => action.session === session && action.kind === kind,
    )

  const say = async (
    request: ActionRequest,
    state: ActionState,
    ratioOf: (known: ListedAction | undefined) => number | null,
  ): Promise<ActionResult> => {
    const { symbol: code, session, kind, source, label, rank } = request
    const note = requireReason(request.reason)
    const { id } = await requireStoredSymbol(symbols, code)
    const known = await current(id, request)
    const ratio = ratioOf(known)
    if (!known && (await store.history(id, MAX_ACTIONS)).length >= MAX_ACTIONS) {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `symbol ${code} has ${MAX_ACTIONS} actions, the most there may be`,
      )
    }
    const named = `${source}:${sanitizeText(label)}`
    const said = { symbol: code, session, kind, ratio, state, source: named, note }
    const checksum = createHash('sha256').update(JSON.stringify(said)).digest('hex')
    const { keep } = await deps.withBarWriter(async (writer) => {
      const stored = await writer.changeActions(id, [said], () => ({
        source,
        label: sanitizeText(label),
        rank,
        note,
        checksum,
        // The action is no source of bars.
        adjustment: 'UNKNOWN',
        receivedRows: 0,
        unchangedRows: 0,
        droppedRows: 0,
        rejectedRows: 0,
        dropped: [],
        rejected: [],
        at: deps.clock.now(),
      }))
      return { keep: stored !== undefined }
    })
    const action = await current(id, request)
    if (!action) throw new Error(`the action of ${code} on ${session} was not stored`)
    return { action, changed: keep }
  }

  const decide = (request: ActionRequest, state: ActionState): Promise<ActionResult> =>
    say(request, state, (known) => {
      if (known) return known.ratio
      const { symbol, session, kind } = request
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `${symbol} has no action ${kind} on ${session}; corporateActions and "kospigraph actions list" list them`,
      )
    })

  return {
    async list(code, state) {
      const symbol = code === undefined ? undefined : await requireStoredSymbol(symbols, code)
      return store.actions({ symbolId: symbol?.id ?? null, state: state ?? null }, MAX_LISTED_ACTIONS)
    },
    async history(code) {
      const { id } = await requireStoredSymbol(symbols, code)
      return store.history(id, MAX_LISTED_ACTIONS)
    },
    async adjustments(code) {
      const { id } = await requireStoredSymbol(symbols, code)
      const [actions, backAdjustments] = await Promise.all([
        store.actions({ symbolId: id, state: null }, MAX_LISTED_ACTIONS),
        store.adjustments(id, MAX_LISTED_ACTIONS),
      ])
      return { actions, backAdjustments }
    },
    upsert(request) {
      requireRatio(request.kind, request.ratio)
      return say(request, 'CONFIRMED', () => request.ratio)
    },
    confirm: (request) => decide(request, 'CONFIRMED'),
    dismiss: (request) => decide(request, 'DISMISSED'),
  }
}

function requireRatio(kind: ActionKey['kind'], ratio: number | null): void {
  if (ratio === null) return
  if (kind === 'LISTING' || kind === 'LIQUIDATION') {
    throw new KospigraphError('BAD_USER_INPUT', `ratio: a ${kind} has none; leave it out`)
  }
  if (ratio >= MIN_RATIO && ratio <= MAX_RATIO) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `ratio: ${ratio} is not between ${MIN_RATIO} and ${MAX_RATIO}; it is the new price over the old one, 0.02 for one share into fifty`,
  )
}
