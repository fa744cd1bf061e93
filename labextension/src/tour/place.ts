/** Between what is pointed at and the popover, and from the window's edge, in pixels. */
const GAP = 12;
const EDGE = 8;

/** How near to the popover's corners its arrow may come. */
const CORNER = 14;

/**
 * A rectangle of the window.
 */
export interface IBox {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Where a popover is, and where its arrow.
 */
export interface IPlace {
  left: number;
  top: number;

  /** The side of the anchor that it is on; null over its middle, without an arrow. */
  side: 'right' | 'left' | 'top' | 'bottom' | null;

  /** From the popover's top or left to the middle of the arrow. */
  arrow: number;
}

type Size = Pick<IBox, 'width' | 'height'>;

/**
 * Put a popover beside what it points at, where there is room; else over its middle.
 */
export function place(anchor: IBox | null, size: Size, room: Size): IPlace {
  const whole = { left: 0, top: 0, ...room };
  const { left, top, width, height } = anchor ?? whole;
  const middle = { x: left + width / 2, y: top + height / 2 };
  const x = clamp(middle.x - size.width / 2, size.width, room.width);
  const y = clamp(middle.y - size.height / 2, size.height, room.height);
  const across = size.width + GAP + EDGE;
  const along = size.height + GAP + EDGE;
  const sideways = { top: y, arrow: corner(middle.y - y, size.height) };
  const upright = { left: x, arrow: corner(middle.x - x, size.width) };
  if (anchor && room.width - left - width >= across) {
    return { ...sideways, left: left + width + GAP, side: 'right' };
  }
  if (anchor && left >= across) {
    return { ...sideways, left: left - size.width - GAP, side: 'left' };
  }
  if (anchor && room.height - top - height >= along) {
    return { ...upright, top: top + height + GAP, side: 'bottom' };
  }
  if (anchor && top >= along) {
    return { ...upright, top: top - size.height - GAP, side: 'top' };
  }
  return { left: x, top: y, side: null, arrow: 0 };
}

/** Keep a popover in the window; its beginning, where it is larger. */
function clamp(start: number, length: number, room: number): number {
  return Math.max(EDGE, Math.min(start, room - length - EDGE));
}

function corner(arrow: number, length: number): number {
  return Math.max(CORNER, Math.min(arrow, length - CORNER));
}
