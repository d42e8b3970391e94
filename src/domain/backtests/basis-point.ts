/** Basis points, which costs and taxes are given in. */
export const BASIS_POINTS_PER_UNIT = 10_000
