/** The use cases of promotion: read the ledger, the champion and the contenders; pin a version; roll back. */
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import { PERSISTENCE } from '../../domain/models/recipe.js'
import { isId } from '../../domain/id.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Champion, Evaluation, Promotion, PromotionRules } from '../../domain/forecasts/promotion.js'
import { VERSION_ZERO, standingAfter } from '../../domain/forecasts/promotion.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { requireReason } from '../../domain/reason.js'
import type { Recipe } from '../../domain/models/recipe.js'
import type { Session } from '../../domain/calendar/session.js'
import type { BarReader } from '../../db/bars/bar-reader.js'
import type { ModelVersionStore } from '../../db/models/model-versions.js'
import type { LedgerHead, PromotionStore } from '../../db/forecasts/promotions.js'
import { EMPTY_LEDGER } from '../../db/forecasts/promotions.js'
import type { SymbolStore } from '../../db/symbols.js'
import type { WalkForwardStore } from '../../db/forecasts/walk-forwards.js'
import { KospigraphError } from '../../errors.js'
import { evaluate, obstacleOf } from '../../ml/forecasts/promotion-decision.js'
import { historyOf, trailingPoints } from './walk-forward-backfill.js'
import { judgedSince } from './champion-decision.js'
import { storedRecipe } from '../models/stored-model.js'
import { requireStoredSymbol } from '../stored-symbol.js'

/** The contender that serves the forecast of a session. */
export interface ChampionOf extends Champion {
  /** The ledger entry in force; null for persistence from the start. */
  readonly promotion: Promotion | null
}

/** A recipe that competes for a symbol, with its current evaluation. */
export interface Contender {
  readonly recipe: string
  readonly evaluation: Evaluation
  readonly serves: boolean
  /** Why it could not take over tonight, as a predicate without a subject; null where it could. */
  readonly obstacle: string | null
}

export interface Promotions {
  readonly rules: PromotionRules
  /** Newest first; the page's keys are numbers. */
  page(code: string, request: PageRequest<number>): Promise<Page<Promotion>>
  /** @param on the target session of the forecast; by default the next one to be issued */
  champion(code: string, on?: Session): Promise<ChampionOf>
  /** Recipes in the order of the configuration. */
  contenders(code: string): Promise<readonly Contender[]>
  /**
   * Pins a version: it serves from the next forecast that is not issued yet, until a rollback.
   * @throws KospigraphError BAD_USER_INPUT where there is no such version, it cannot serve, or the reason is missing
   */
  promote(versionId: string, reason: string): Promise<Promotion>
  /**
   * Undoes the decision in force, so that the one before it is in force again.
   * @throws KospigraphError BAD_USER_INPUT where there is none to undo, or the reason is missing
   */
  rollback(code: string, reason: string): Promise<Promotion>
}

export interface PromotionsDeps {
  readonly symbols: SymbolStore
  readonly bars: BarReader
  readonly versions: ModelVersionStore
  readonly walkForwards: WalkForwardStore
  readonly promotions: PromotionStore
  readonly recipes: readonly Recipe[]
  readonly rules: PromotionRules
  readonly calendar: Calendar
  readonly clock: Clock
}

export function createPromotions(deps: PromotionsDeps): Promotions {
  const { symbols, promotions, versions, clock, rules } = deps
  return {
    rules,
    async page(code, request) {
      const { id } = await requireStoredSymbol(symbols, code)
      return promotions.page(id, request)
    },
    async champion(code, on) {
      const { id } = await requireStoredSymbol(symbols, code)
      const promotion =
        on === undefined ? (await promotions.heads([id])).get(id)?.newest : await promotions.inForce(id, on)
      const { contender, pinnedVersionId } = promotion ?? VERSION_ZERO
      return { contender, pinnedVersionId, promotion: promotion ?? null }
    },
    contenders: (code) => contendersOf(deps, code),
    async promote(versionId, reason) {
      const why = requireReason(reason)
      const [version] = isId(versionId) ? await versions.byIds([versionId]) : []
      if (!version) {
        const message = `id: there is no model version "${sanitizeText(versionId)}"; modelVersions lists them`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
      const { id, number, recipeName } = version
      if (version.adjustedVersion !== null) {
        const message = `id: the prices that version ${number} was fitted on have been adjusted since; promote a version that was fitted later`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
      if (!(await storedRecipe(versions, version.recipeHash))) {
        const message = `id: version ${number} has a recipe that this program cannot read; promote another version`
        throw new KospigraphError('BAD_USER_INPUT', message)
      }
      return promotions.append(version.symbolId, clock.now(), (head, newestIssued) => {
        if (head.champion.pinnedVersionId === id) {
          const message = `id: version ${number} of recipe ${recipeName} is already pinned; rollbackPromotion unpins it`
          throw new KospigraphError('BAD_USER_INPUT', message)
        }
        return {
          kind: 'PIN',
          contender: recipeName,
          pinnedVersionId: id,
          reason: why,
          effectiveFrom: effectiveFrom(deps, head, newestIssued),
          evaluation: null,
          restores: null,
        }
      })
    },
    async rollback(code, reason) {
      const why = requireReason(reason)
      const { id } = await requireStoredSymbol(symbols, code)
      return promotions.append(id, clock.now(), async (head, newestIssued, entry) => {
        const standing = standingAfter(head.newest)
        const undone = standing === null ? undefined : await entry(standing)
        if (!undone || undone.kind === 'GIVE_WAY') {
          const since = undone ? ` since ${undone.effectiveFrom}` : ' from the start'
          const message = `symbol: persistence serves ${code}${since}, so there is nothing to roll back; promoteModelVersion pins a version`
          throw new KospigraphError('BAD_USER_INPUT', message)
        }
        const restored = undone.replaces === null ? undefined : await entry(undone.replaces)
        const { contender, pinnedVersionId } = restored ?? VERSION_ZERO
        return {
          kind: 'ROLLBACK',
          contender,
          pinnedVersionId,
          reason: why,
          evaluation: null,
          effectiveFrom: effectiveFrom(deps, head, newestIssued),
          restores: undone.replaces,
        }
      })
    },
  }
}

/** @returns the first session that has neither opened nor an issued forecast */
function effectiveFrom(
  { calendar, clock }: PromotionsDeps,
  { newest }: LedgerHead,
  newestIssued: Session | undefined,
): Session {
  const now = clock.now()
  let session = calendar.nextSession(calendar.lastClosedSession(now))
  if (now >= calendar.sessionOpen(session)) session = calendar.nextSession(session)
  if (newestIssued !== undefined && newestIssued >= session) session = calendar.nextSession(newestIssued)
  // A decision never takes effect before the one that it follows.
  return newest && newest.effectiveFrom > session ? newest.effectiveFrom : session
}

async function contendersOf(
  { symbols, bars, walkForwards, promotions, recipes, rules }: PromotionsDeps,
  code: string,
): Promise<readonly Contender[]> {
  const { id: symbolId } = await requireStoredSymbol(symbols, code)
  const read = await bars.newest({ symbolId }, rules.sessions + 1)
  const points = await trailingPoints(walkForwards, [{ symbolId, code, read, recipes }], rules.sessions)
  const head = (await promotions.heads([symbolId])).get(symbolId) ?? EMPTY_LEDGER
  return recipes.map(({ name }) => {
    const trail = points.get(symbolId)?.get(name) ?? []
    const evaluation = evaluate(historyOf(read, trail, rules.sessions, judgedSince(head, name)))
    const serves = head.champion.contender === name && name !== PERSISTENCE
    return { recipe: name, evaluation, serves, obstacle: serves ? null : obstacleOf(evaluation, rules) }
  })
}
