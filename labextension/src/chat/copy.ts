import type { Chat, ChatRequest, PastTurn, Turn } from '../schema';

/**
 * A request for a conversation that goes on from turns of another one, without the job it is for.
 */
export function copyOf(
  chat: Pick<Chat, 'name' | 'system' | 'params'>,
  turns: readonly Turn[]
): ChatRequest {
  return {
    name: chat.name,
    system: chat.system,
    params: chat.params,
    turns: turns.filter(turn => turn.state !== 'running').map(past)
  };
}

function past(turn: Turn): PastTurn {
  const { content, reply, state, params, finish_reason } = turn;
  const { usage, timings, created_at, ended_at } = turn;
  return {
    content,
    reply,
    state,
    params,
    finish_reason,
    usage,
    timings,
    created_at,
    ended_at
  };
}
