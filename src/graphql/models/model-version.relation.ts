/** Resolves the model version of an object by its stored id, with one query for all objects of a response. */
import { required } from '../context.js'
import type { Context } from '../context.js'
import { toModelVersionType } from './model-version.type.js'
import type { ModelVersionType } from './model-version.type.js'

/** Returns null for a null id. */
export async function modelVersionOf(
  id: string | null,
  { loaders }: Context,
): Promise<ModelVersionType | null> {
  return id === null
    ? null
    : toModelVersionType(required(await loaders.modelVersion.load(id), 'model version'))
}
