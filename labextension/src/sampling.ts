export type NumberField =
  'temperature' | 'top_p' | 'top_k' | 'max_tokens' | 'seed';

/**
 * What the server accepts; the same limits as in its wire model.
 */
export const FIELDS: Record<
  NumberField,
  { min: number; max?: number; step: number }
> = {
  temperature: { min: 0, max: 2, step: 0.1 },
  top_p: { min: 0.01, max: 1, step: 0.01 },
  top_k: { min: 0, step: 1 },
  max_tokens: { min: 1, step: 1 },
  seed: { min: 0, step: 1 }
};
