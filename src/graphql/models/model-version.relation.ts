/** The model version of an object that keeps its id: one query for all objects of an answer. */
import { required } from '../context.js'
import type { Context } from '../context.js'
import { toModelVersionType } from './model-version.type.js'
import type { ModelVersionType } from './model-version.type.js'

/** Null for null. */
export async function modelVersionOf(
  id: string | null,
  { loaders }: Context,
): Promise<ModelVersionType | null> {
  return id === null
    ? null
    : toModelVersionType(required(await loaders.modelVersion.load(id), 'model version'))
}
