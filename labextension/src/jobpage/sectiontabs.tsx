import React from 'react';

import { useView } from '../context';
import { type Section, SECTIONS } from './model';

/**
 * The id of a section's tab, and of its panel.
 */
export function tabId(prefix: string, section: Section): string {
  return `${prefix}-${section}`;
}

/**
 * Chooses a section: one stop for the Tab key, arrows go from one to the next.
 */
export function SectionTabs(props: {
  prefix: string;
  chosen: Section;
  onChoose: (section: Section) => void;
}): React.ReactElement {
  const { prefix, chosen, onChoose } = props;
  const { trans } = useView();
  const words: Record<Section, string> = {
    overview: trans.__('Overview'),
    connect: trans.__('Connect'),
    log: trans.__('Log'),
    events: trans.__('Events'),
    chats: trans.__('Chats')
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>): void => {
    const at = SECTIONS.indexOf(chosen);
    const to = {
      ArrowRight: (at + 1) % SECTIONS.length,
      ArrowLeft: (at + SECTIONS.length - 1) % SECTIONS.length,
      Home: 0,
      End: SECTIONS.length - 1
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      onChoose(SECTIONS[to]);
      event.currentTarget
        .querySelector<HTMLElement>(`#${tabId(prefix, SECTIONS[to])}`)
        ?.focus();
    }
  };
  return (
    <div
      className="jp-sw-Sections"
      role="tablist"
      aria-label={trans.__('About this job')}
      onKeyDown={onKeyDown}
    >
      {SECTIONS.map(section => (
        <button
          key={section}
          id={tabId(prefix, section)}
          role="tab"
          aria-selected={section === chosen}
          aria-controls={`${prefix}-panel${section === 'log' ? '-log' : ''}`}
          tabIndex={section === chosen ? 0 : -1}
          onClick={() => onChoose(section)}
        >
          {words[section]}
        </button>
      ))}
    </div>
  );
}
