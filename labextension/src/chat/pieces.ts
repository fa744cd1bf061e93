/**
 * Markdown in pieces that mean the same one by one as together: what is shown of a growing text
 * needs no second look.
 */
export interface IPieces {
  /** Joined, they are the text. */
  pieces: string[];

  /** Where in the text the code begins whose end has not come; null when there is none. */
  code: number | null;
}

const BLANK = /^\s*$/;
const INDENTED = /^[ \t]/;
const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;

/** Elements whose end may come after a blank line. */
const HTML =
  /^ {0,3}<(?:[!?]|\/?(?:article|aside|blockquote|center|details|div|dl|figure|ol|p|pre|script|section|style|table|textarea|ul)\b)/i;

/** Where a link that is named elsewhere leads to. */
const DEFINITION = /^ {0,3}\[[^\]]+\]:\s*\S/;

/**
 * Cut Markdown between its blocks. Where in doubt it is not cut: in lists, from HTML on. A text
 * that defines links is one piece, since they hold for all of it.
 */
export function cut(text: string): IPieces {
  const pieces: string[] = [];
  let start = 0;
  let isEmpty = true;
  let fence = '';
  let code = 0;
  let inList = false;
  let afterBlank = false;
  let canCut = true;
  const cutAt = (end: number): void => {
    if (canCut && !isEmpty) {
      pieces.push(text.slice(start, end));
      start = end;
      isEmpty = true;
      inList = false;
    }
  };
  for (let at = 0, next = 0; at < text.length; at = next) {
    const newline = text.indexOf('\n', at);
    next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, newline < 0 ? next : newline);
    if (fence !== '') {
      if (closes(line, fence)) {
        fence = '';
        if (!inList) {
          cutAt(next);
        }
      }
      continue;
    }
    if (BLANK.test(line)) {
      afterBlank = true;
      continue;
    }
    if (DEFINITION.test(line)) {
      return { pieces: [text], code: null };
    }
    const isItem = LIST_ITEM.test(line);
    if (afterBlank && !INDENTED.test(line) && !(inList && isItem)) {
      cutAt(at);
    }
    afterBlank = false;
    isEmpty = false;
    inList ||= isItem;
    canCut &&= !HTML.test(line);
    // Code in an item of a list ends with the item at the latest.
    if (!(inList && INDENTED.test(line))) {
      fence = FENCE.exec(line)?.[1] ?? '';
      code = next;
    }
  }
  if (start < text.length) {
    pieces.push(text.slice(start));
  }
  return { pieces, code: fence === '' ? null : code };
}

function closes(line: string, fence: string): boolean {
  const end = line.trim();
  return (
    !/^ {4}/.test(line) &&
    end.length >= fence.length &&
    end === fence[0].repeat(end.length)
  );
}
