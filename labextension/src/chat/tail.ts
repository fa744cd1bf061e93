import { type RefObject, useEffect, useRef, useState } from 'react';

/** So near to the end, in pixels, counts as being there. */
const NEAR_END = 30;

/**
 * What keeps a list scrolled to its end.
 */
export interface ITail {
  scroller: RefObject<HTMLDivElement>;
  content: RefObject<HTMLUListElement>;
  onScroll: () => void;
  toEnd: () => void;

  /** False while a person reads further up. */
  following: boolean;
}

/**
 * Keep a growing list scrolled to its end, unless a person scrolled up; `added` is a number that
 * changes when something new was added.
 */
export function useTail(added: number): ITail {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLUListElement>(null);
  const follows = useRef(true);
  const last = useRef(0);
  const [following, setFollowing] = useState(true);

  const set = (follow: boolean): void => {
    follows.current = follow;
    setFollowing(follow);
  };

  const toEnd = (): void => {
    set(true);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  };

  const onScroll = (): void => {
    const node = scroller.current;
    if (!node) {
      return;
    }
    const rest = node.scrollHeight - node.scrollTop - node.clientHeight;
    if (rest < NEAR_END) {
      set(true);
    } else if (node.scrollTop < last.current) {
      // Growth alone never scrolls up.
      set(false);
    }
    last.current = node.scrollTop;
  };

  useEffect(() => {
    if (!scroller.current || !content.current) {
      return;
    }
    const watch = new ResizeObserver(() => {
      const node = scroller.current;
      if (node && follows.current) {
        node.scrollTop = node.scrollHeight;
      }
    });
    watch.observe(content.current);
    watch.observe(scroller.current);
    return () => watch.disconnect();
  }, []);

  useEffect(toEnd, [added]);

  return { scroller, content, onScroll, toEnd, following };
}
