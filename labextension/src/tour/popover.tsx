import React, {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState
} from 'react';

import { Command } from '../command';
import { useView } from '../context';
import { useChanges } from '../hooks';
import type { TourModel } from './model';
import { type IBox, type IPlace, place } from './place';

/**
 * The stop of a tour that is shown: a ring round what it is about, and words beside it.
 */
export function TourPopover(props: {
  tour: TourModel;
}): React.ReactElement | null {
  const { tour } = props;
  useChanges(tour);
  // Each stop is a new dialog, so that a screen reader reads it.
  return tour.stop && <Stop key={tour.index} tour={tour} stop={tour.stop} />;
}

function Stop(props: {
  tour: TourModel;
  stop: NonNullable<TourModel['stop']>;
}): React.ReactElement {
  const { tour, stop } = props;
  const { trans } = useView();
  const id = useId();
  const dialog = useRef<HTMLDivElement>(null);
  const { anchor, at } = useAnchor(stop.find, dialog);
  const isFirst = tour.index === 0;
  useEffect(() => {
    dialog.current
      ?.querySelector<HTMLElement>('.jp-mod-primary')
      ?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      {anchor && <div className="jp-sw-Tour-ring" style={{ ...anchor }} />}
      <div
        ref={dialog}
        className="jp-sw-Tour"
        role="dialog"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        data-side={at.side}
        style={{ left: at.left, top: at.top }}
        onKeyDown={event => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            tour.end();
          }
        }}
      >
        {at.side && (
          <span
            className="jp-sw-Tour-arrow"
            style={
              at.side === 'left' || at.side === 'right'
                ? { top: at.arrow }
                : { left: at.arrow }
            }
          />
        )}
        <header>
          <h2 id={`${id}-title`}>{stop.title}</h2>
          <span>{trans.__('%1 of %2', tour.index + 1, tour.stops.length)}</span>
        </header>
        <p id={`${id}-text`}>{stop.text}</p>
        {stop.lines && <Command lines={stop.lines} />}
        <footer>
          {!tour.isLast && (
            <button
              className="jp-sw-Button jp-mod-quiet"
              onClick={() => tour.end()}
            >
              {trans._p('tour', 'Skip')}
            </button>
          )}
          <span className="jp-sw-Spring" />
          {!isFirst && (
            <button className="jp-sw-Button" onClick={() => void tour.back()}>
              {trans._p('tour', 'Back')}
            </button>
          )}
          <button
            className="jp-sw-Button jp-mod-primary"
            onClick={() => void tour.next()}
          >
            {tour.isLast ? trans._p('tour', 'Done') : trans._p('tour', 'Next')}
          </button>
        </footer>
      </div>
    </>
  );
}

/**
 * Follow what is pointed at, whatever moves, resizes or redraws it, for as long as the tour lasts.
 */
function useAnchor(
  find: () => Element | null,
  popover: React.RefObject<HTMLElement | null>
): { anchor: IBox | null; at: IPlace } {
  const [found, setFound] = useState<{ anchor: IBox | null; at: IPlace }>({
    anchor: null,
    at: { left: 0, top: 0, side: null, arrow: 0 }
  });
  useLayoutEffect(() => {
    find()?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    let frame = 0;
    const look = (): void => {
      const box = find()?.getBoundingClientRect();
      const anchor = box
        ? { left: box.left, top: box.top, width: box.width, height: box.height }
        : null;
      const at = place(
        anchor,
        {
          width: popover.current?.offsetWidth ?? 0,
          height: popover.current?.offsetHeight ?? 0
        },
        { width: window.innerWidth, height: window.innerHeight }
      );
      setFound(before =>
        isSame(before, { anchor, at }) ? before : { anchor, at }
      );
      frame = requestAnimationFrame(look);
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [find, popover]);
  return found;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
