/** Colours and cursor moves that programs write for terminals. */
const ESCAPES =
  /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/**
 * A log as a terminal would leave it: without escapes, and of a line that rewrites itself (a
 * progress bar) only what was written last.
 */
export function cleanLog(text: string): string {
  return text
    .replace(ESCAPES, '')
    .replace(/\r+\n/g, '\n')
    .replace(/[^\n]*\r(?=[^\n])/g, '')
    .replace(/\r/g, '');
}
