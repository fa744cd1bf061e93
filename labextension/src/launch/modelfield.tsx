import React, { useEffect, useId, useRef, useState } from 'react';

import { useView } from '../context';
import { formatParameters } from '../format';
import type { ModelInfo } from '../schema';

/**
 * The models in which every word of a text occurs, family by family.
 */
export function matching(models: ModelInfo[], text: string): ModelInfo[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ name, title, family, uri }: ModelInfo): boolean => {
    const all = `${name} ${title} ${family} ${uri}`.toLowerCase();
    return words.every(word => all.includes(word));
  };
  const families = [...new Set(models.map(({ family }) => family))];
  return families.flatMap(family =>
    models.filter(model => model.family === family && fits(model))
  );
}

/**
 * Names the model: one of the list, found by typing, or any that the server can find.
 *
 * A combobox as WAI-ARIA describes it: the focus stays in the text.
 */
export function ModelField(props: {
  id: string;
  value: string;
  models: ModelInfo[];
  onChange: (model: string) => void;
}): React.ReactElement {
  const { trans } = useView();
  const { id, value, models, onChange } = props;
  const [isOpen, setOpen] = useState(false);
  const [isTyped, setTyped] = useState(false);
  const [at, setAt] = useState(-1);
  const list = useId();
  // Opened with nothing typed, all are offered.
  const found = isOpen ? matching(models, isTyped ? value : '') : [];

  const open = (): void => {
    if (!isOpen) {
      setOpen(true);
      setTyped(false);
      setAt(-1);
    }
  };
  const close = (): void => setOpen(false);
  const pick = (model: string): void => {
    onChange(model);
    close();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      open();
      if (found.length > 0) {
        setAt(
          (Math.max(at, step < 0 ? 0 : -1) + step + found.length) % found.length
        );
      }
    } else if (event.key === 'Enter' && isOpen && found[at]) {
      // Otherwise Enter runs what stands in the form.
      event.preventDefault();
      pick(found[at].name);
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return (
    <div className="jp-sw-Combo">
      <input
        id={id}
        role="combobox"
        aria-expanded={isOpen && found.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={
          isOpen && found[at] ? `${list}-${at}` : undefined
        }
        autoComplete="off"
        spellCheck={false}
        placeholder={trans.__('Name, path or hf://org/repo')}
        value={value}
        onClick={open}
        onChange={event => {
          setOpen(true);
          setTyped(true);
          setAt(-1);
          onChange(event.target.value);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {isOpen && found.length > 0 && (
        <ul
          id={list}
          role="listbox"
          aria-label={trans.__('Models')}
          // Or the text would lose the focus, and the list close before the click.
          onMouseDown={event => event.preventDefault()}
        >
          {found.map((model, index) => (
            <Offer
              key={model.uri}
              id={`${list}-${index}`}
              model={model}
              heading={model.family !== found[index - 1]?.family}
              active={index === at}
              onPick={() => pick(model.name)}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function Offer(props: {
  id: string;
  model: ModelInfo;
  heading: boolean;
  active: boolean;
  onPick: () => void;
}): React.ReactElement {
  const { trans } = useView();
  const { id, model, heading, active, onPick } = props;
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (active) {
      item.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [active]);
  return (
    <>
      {heading && (
        <li className="jp-sw-Combo-family" role="presentation">
          {model.family || trans.__('Others')}
        </li>
      )}
      <li
        ref={item}
        id={id}
        role="option"
        aria-selected={active}
        className="jp-sw-Combo-option"
        onClick={onPick}
      >
        <span>{model.name}</span>
        <small>
          {[
            model.parameters ? formatParameters(model.parameters) : '',
            model.gated ? trans.__('gated') : '',
            model.versions.some(version => version.cached)
              ? trans.__('on this machine')
              : ''
          ]
            .filter(Boolean)
            .join(' · ')}
        </small>
      </li>
    </>
  );
}
