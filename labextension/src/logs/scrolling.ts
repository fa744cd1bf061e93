/** So near to the end, in pixels, counts as being there. */
const NEAR_END = 30;

/** Keys that leave the end of the log. */
const UPWARDS = new Set(['PageUp', 'ArrowUp', 'Home']);

/**
 * Tell when a person leaves the end of what scrolls and when they reach it again.
 *
 * Growth scrolls too, so only what a person does leaves the end.
 */
export function onScroll(
  element: HTMLElement,
  on: { leave: () => void; reach: () => void; scrolled: () => void }
): void {
  let touched = 0;
  element.addEventListener('wheel', event => {
    if (event.deltaY < 0) {
      on.leave();
    }
  });
  element.addEventListener('keydown', event => {
    if (UPWARDS.has(event.key)) {
      on.leave();
    }
  });
  element.addEventListener('pointerdown', event => {
    if (event.target === element && event.offsetX > element.clientWidth) {
      on.leave();
    }
  });
  element.addEventListener(
    'touchstart',
    event => {
      touched = event.touches[0].clientY;
    },
    { passive: true }
  );
  element.addEventListener(
    'touchmove',
    event => {
      if (event.touches[0].clientY > touched) {
        on.leave();
      }
    },
    { passive: true }
  );
  element.addEventListener('scroll', () => {
    const { scrollHeight, scrollTop, clientHeight } = element;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END && scrollTop > 0) {
      on.reach();
    }
    on.scrolled();
  });
}
