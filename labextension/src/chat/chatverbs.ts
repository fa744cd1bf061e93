import type { Chat } from '../schema';

/**
 * What a person can do with a whole conversation.
 */
export interface IChatVerbs {
  /** Have the job run again and the conversation go on with it. */
  runAndContinue(): void;

  /** Delete a conversation, after a question. */
  remove(chat: Chat): void;

  /** Delete a turn and all after it, after a question. */
  forget(turn: number): void;

  /** Open a menu with what can go with a message, at what was clicked. */
  attach(anchor: Element): void;

  /** Open a menu with the rest, below what was clicked. */
  more(anchor: Element): void;
}
