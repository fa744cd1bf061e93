import type { ISignal } from '@lumino/signaling';
import { useEffect, useReducer } from 'react';

import type { Clock } from './clock';

/**
 * Render again once a second while `on`; returns the server's time.
 */
export function useBeat(clock: Clock, on: boolean): number {
  const [, beat] = useReducer((count: number) => count + 1, 0);
  useEffect(() => (on ? clock.onBeat(beat) : undefined), [clock, on]);
  return clock.now();
}

/**
 * Render again whenever a model says that it changed.
 */
export function useChanges(model: {
  changed: ISignal<unknown, unknown>;
}): void {
  const [, change] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    model.changed.connect(change);
    // What changed between rendering and connecting.
    change();
    return () => {
      model.changed.disconnect(change);
    };
  }, [model]);
}
