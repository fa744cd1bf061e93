import React, { useId } from 'react';

/**
 * A labelled part of the form; `children` gets the id that the label is for.
 */
export function Field(props: {
  label: string;

  /** One of the five steps: its number. */
  step?: number;
  note?: React.ReactNode;
  children: (id: string) => React.ReactNode;
}): React.ReactElement {
  const { label, step, note, children } = props;
  const id = useId();
  return (
    <div className="jp-sw-Launch-field">
      <label htmlFor={id}>{step ? `${step} · ${label}` : label}</label>
      {children(id)}
      {note && <p className="jp-sw-Launch-note">{note}</p>}
    </div>
  );
}

/**
 * One of a select's options; a value that is not among them is shown as it is.
 */
export interface IOption {
  value: string;
  label: string;
}

/**
 * A select of texts.
 */
export function Select(props: {
  id?: string;
  label?: string;
  value: string;
  options: IOption[];
  onChange: (value: string) => void;
}): React.ReactElement {
  const { id, label, value, options, onChange } = props;
  const known = options.some(option => option.value === value);
  return (
    <select
      id={id}
      aria-label={label}
      value={value}
      onChange={event => onChange(event.target.value)}
    >
      {!known && <option value={value}>{value}</option>}
      {options.map(option => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
